import assert from "node:assert/strict";
import { formatCpu, formatGibibytes, parseCpu, parseMemory } from "../../providers/kubernetes/server/quantity";

describe("Kubernetes quantities", () => {
    it("are read in every spelling that the API server uses", () => {
        for (const [text, cores] of [
            ["2", 2],
            ["250m", 0.25],
            ["1500m", 1.5],
            ["0.5", 0.5],
            ["3920000u", 3.92],
            ["940000000n", 0.94],
        ] as const) {
            assert.ok(Math.abs(parseCpu(text) - cores) < 1e-9, text);
        }
        for (const [text, bytes] of [
            ["1024", 1024],
            ["1Ki", 1024],
            ["24479296Ki", 24479296 * 1024],
            ["5Gi", 5 * 2 ** 30],
            ["1.5Gi", 1.5 * 2 ** 30],
            ["2Ti", 2 ** 41],
            ["1Ei", 2 ** 60],
            ["8G", 8e9],
            ["8e9", 8e9],
            ["128974848000m", 128974848],
        ] as const) {
            assert.equal(parseMemory(text), bytes, text);
        }
    });

    it("are refused when they are none", () => {
        for (const text of ["", "Gi", "1 Gi", "1gb", "-"]) {
            assert.throws(() => parseMemory(text), /no Kubernetes quantity/, text);
        }
    });

    it("are written as Kubernetes itself would, and read back as they were", () => {
        assert.deepEqual([0.25, 1, 1.5, 0.1, 16].map(formatCpu), ["250m", "1", "1500m", "100m", "16"]);
        assert.deepEqual([0.25, 1, 1.5, 5, 1024, 0.0001].map(formatGibibytes), ["256Mi", "1Gi", "1536Mi", "5Gi", "1Ti", "1Mi"]);
        for (const amount of [0.25, 0.5, 1, 2.5, 20, 250, 2048]) {
            assert.equal(parseCpu(formatCpu(amount)), amount);
            assert.equal(parseMemory(formatGibibytes(amount)), amount * 2 ** 30);
        }
    });
});
