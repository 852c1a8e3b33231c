import { cases } from "./cases/time.ts";
import { faults } from "./faults.ts";

faults("time", cases);
