// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/deploy/exportable.hpp>
#include <twolayer/deploy/onnx_model.hpp>
#include <twolayer/deploy/onnx_reader.hpp>
#include <twolayer/deploy/onnx_writer.hpp>
#include <twolayer/files/read_file.hpp>
#include <twolayer/files/write_file.hpp>

#include <filesystem>
#include <istream>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace twolayer {

/// Writes a network or model as an ONNX file (IR version 8, operator set 13), for runtimes of other
/// languages. Its graph, of float or double as the network is, takes the input X, N x D, raw and of
/// any number of rows, to the output Yhat, N x K: scaling of inputs, network, output and, for a
/// regression, scaling back, all in one. The letters of the derivation name what is between. A
/// runtime predicts what the library does but for rounding. The names of columns, categories and
/// classes go into the metadata, as columns.0, columns.0.0, class_names.0 and so on, and so
/// does a checksum of names and tensors, as crc64.
///
/// Throws std::invalid_argument for parts of a model that do not fit each other, a number that is
/// not finite, a name that is not UTF-8, and more than ONNX's 2 GB; std::runtime_error with the
/// reason where the file cannot be written, which leaves the old one.
template <NetworkOrModel T>
void export_onnx(const std::filesystem::path& path, const T& model) {
    write_atomically(path, detail::onnx_bytes(detail::as_model(model)));
}

/// The same into a stream. Throws std::runtime_error where the stream fails.
template <NetworkOrModel T>
void export_onnx(std::ostream& stream, const T& model) {
    detail::write_all(stream, detail::onnx_bytes(detail::as_model(model)),
                      "the stream of the ONNX file");
}

namespace detail {

template <NetworkOrModel T>
T import_onnx(const std::string& source, std::string_view bytes) {
    return made_from(source, [&] { return from_onnx<T>(OnnxParser(source, bytes).take()); });
}

}  // namespace detail

/// Reads what export_onnx() wrote, bit for bit: import_onnx<Net>(path), or
/// import_onnx<Model<Net>>(path) with scaling and names, of either shape kind.
///
/// Nothing in the file is trusted. Memory grows in proportion to the size of the file. Throws
/// std::runtime_error with path, place and reason if the file cannot be read, was not written by
/// export_onnx(), is cut off, does not have the checksum in its metadata (version 0.1 wrote none),
/// or holds another output, scalar type or shape than T, or scalings for a bare network.
template <NetworkOrModel T>
T import_onnx(const std::filesystem::path& path) {
    return detail::import_onnx<T>(path.string(), detail::read_file(path));
}

/// The same from a stream, to its end; `source` names it in messages.
template <NetworkOrModel T>
T import_onnx(std::istream& stream, const std::string& source = "the stream") {
    return detail::import_onnx<T>(source, detail::read_all(stream, source));
}

}  // namespace twolayer
