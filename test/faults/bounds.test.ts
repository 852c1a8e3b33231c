import { cases } from "./cases/bounds.ts";
import { faults } from "./faults.ts";

faults("bounds", cases);
