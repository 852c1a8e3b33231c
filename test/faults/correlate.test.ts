import { cases } from "./cases/correlate.ts";
import { faults } from "./faults.ts";

faults("correlate", cases);
