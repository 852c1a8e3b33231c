import { cases } from "./cases/resume.ts";
import { faults } from "./faults.ts";

faults("resume", cases);
