// SPDX-License-Identifier: MIT
// Writes a network or model as an ONNX file, for runtimes of other languages.
#pragma once

#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/export/onnx_writer.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>

#include <filesystem>
#include <ostream>

namespace twolayer {

/// Writes an ONNX file (IR version 8, operator set 13). Its graph has the scalar type of the
/// network. It maps the input X, N x D raw numbers for any N, to the output Yhat, N x K: scaling of
/// the inputs, network, output and, for a regression, scaling back. The values in between have the
/// letters of the derivation. A runtime predicts what the library does, except for rounding. The
/// metadata hold the names of columns, categories and classes: columns.0, columns.0.0,
/// class_names.0 and so on.
///
/// Throws std::invalid_argument for parts of a model that do not fit each other, for a number that
/// is not finite, for a name that is not UTF-8, and for more than the 2 GB of an ONNX file. Throws
/// std::runtime_error with the reason if the file cannot be written; the old file then stays.
template <NetworkOrModel T>
void export_onnx(const std::filesystem::path& path, const T& model) {
    write_atomically(path, detail::onnx_bytes(detail::as_model(model)));
}

/// Overload for streams. If writing fails, it throws std::runtime_error, and the stream may hold
/// partial output.
template <NetworkOrModel T>
void export_onnx(std::ostream& stream, const T& model) {
    detail::write_all(stream, detail::onnx_bytes(detail::as_model(model)),
                      "the stream of the ONNX file");
}

}  // namespace twolayer
