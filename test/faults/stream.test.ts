import { cases } from "./cases/stream.ts";
import { faults } from "./faults.ts";

faults("stream", cases);
