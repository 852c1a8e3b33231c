import { cases } from "./cases/shapes.ts";
import { faults } from "./faults.ts";

faults("shapes", cases);
