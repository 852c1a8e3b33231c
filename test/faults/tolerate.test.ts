import { cases } from "./cases/tolerate.ts";
import { faults } from "./faults.ts";

faults("tolerate", cases);
