import { cases } from "./cases/trust.ts";
import { faults } from "./faults.ts";

faults("trust", cases);
