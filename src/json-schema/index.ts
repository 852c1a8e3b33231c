export { type OutputSchemaOptions, outputSchemas } from "./output-schemas.ts";
