// SPDX-License-Identifier: MIT
//
import {readFileSync} from "node:fs";
import * as ort from "onnxruntime-web";

const session = await ort.InferenceSession.create(readFileSync("digits.onnx"));
const X = new ort.Tensor("float64", new Float64Array(2 * 64), [2, 64]);  // two blank images
const {Yhat} = await session.run({X});
console.log(Yhat.dims, Yhat.data);  // 2 x 10 probabilities
