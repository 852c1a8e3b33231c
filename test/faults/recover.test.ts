import { cases } from "./cases/recover.ts";
import { faults } from "./faults.ts";

faults("recover", cases);
