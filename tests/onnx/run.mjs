// SPDX-License-Identifier: MIT
//
// Runs every .onnx file of a folder with onnxruntime-web and compares with the stored predictions:
//
//     node run.mjs FOLDER
//
// Node searches for the runtime in the node_modules of this folder and of its parents. If it is not
// installed, exits with 77.

import fs from "node:fs";
import {createRequire} from "node:module";
import path from "node:path";

const folder = path.resolve(process.argv[2]);

let ort;
try {
    ort = createRequire(path.join(folder, "run.js"))("onnxruntime-web");
} catch (error) {
    console.log(`skipped: onnxruntime-web is not installed in or above ${folder} (${error.code})`);
    process.exit(77);
}

/// Reads doubles: N, D, K, then X, Yhat and the bounds.
function readSamples(file) {
    const bytes = fs.readFileSync(file);
    const {buffer, byteOffset, length} = bytes;
    const numbers = new Float64Array(buffer.slice(byteOffset, byteOffset + length));
    const [N, D, K] = numbers;
    let at = 3;
    const take = (size) => numbers.subarray(at, (at += size));
    const samples = {N, D, K, X: take(N * D), Yhat: take(N * K), bound: take(N * K)};
    if (at !== numbers.length || N < 2)
        throw new Error(`${file} has ${numbers.length} numbers, for ${N}, ${D} and ${K}`);
    return samples;
}

let failures = 0;
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".onnx"));
if (names.length !== 38)
    throw new Error(`${names.length} models, 38 are expected`);
for (const name of names.map((file) => path.basename(file, ".onnx"))) {
    const {N, D, K, X, Yhat, bound} = readSamples(path.join(folder, `${name}.samples`));
    const file = fs.readFileSync(path.join(folder, `${name}.onnx`));
    const session = await ort.InferenceSession.create(file);
    const type = name.startsWith("float") ? "float32" : "float64";
    const Numbers = type === "float32" ? Float32Array : Float64Array;

    // The largest error of the first rows, absolute and as a fraction of the bound.
    const compare = async (rows) => {
        const input = new ort.Tensor(type, Numbers.from(X.subarray(0, rows * D)), [rows, D]);
        const output = (await session.run({X: input})).Yhat;
        if (output.type !== type || output.dims.join() !== `${rows},${K}`)
            throw new Error(`${name}: Yhat is ${output.type} of ${output.dims}`);
        const errors = Array.from(output.data, (yhat, i) => Math.abs(yhat - Yhat[i]));
        const parts = errors.map((error, i) => error / bound[i]);
        return {error: Math.max(...errors), part: Math.max(...parts)};
    };
    const [all, first] = [await compare(N), await compare(1)];
    const inBounds = all.part <= 1 && first.part <= 1;  // false for NaN
    failures += inBounds ? 0 : 1;
    console.log(`${inBounds ? "ok    " : "FAILED"} ${name.padEnd(42)} ${N} x ${D}: error ` +
                `${all.error.toExponential(1)}, ${(100 * all.part).toFixed(1)} % of what is allowed`);
}
process.exit(failures === 0 ? 0 : 1);
