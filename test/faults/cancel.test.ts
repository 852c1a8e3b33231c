import { cases } from "./cases/cancel.ts";
import { faults } from "./faults.ts";

faults("cancel", cases);
