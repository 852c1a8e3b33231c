/** Fails a run that left tests out. A person may skip; a machine that checks everything may not. */
export default class NoSkips {
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) => [...module.children.allTests("skipped")]);
    if (skipped.length === 0) return;
    for (const test of skipped) {
      const { note } = test.result();
      console.error(`error: skipped: ${test.module.moduleId}: ${test.fullName}${note ? ` (${note})` : ""}`);
    }
    process.exitCode = 1;
  }
}
