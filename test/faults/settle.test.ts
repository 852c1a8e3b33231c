import { cases } from "./cases/settle.ts";
import { faults } from "./faults.ts";

faults("settle", cases);
