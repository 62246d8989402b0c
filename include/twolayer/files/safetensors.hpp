// SPDX-License-Identifier: MIT
// Saves networks and models as safetensors files, and loads them.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/version.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/files/tensors/network_file.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>
#include <twolayer/files/tensors/tensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/shape.hpp>

#include <concepts>
#include <filesystem>
#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace twolayer {

/// What load() may change in what it reads.
struct LoadOptions {
    /// Whether the doubles of a file may be rounded to floats.
    bool round = false;
};

namespace detail {

/// The bytes of a file of a network or a Model.
template <NetworkOrModel T>
std::string file_bytes(const T& saved, const Provenance& provenance) {
    using Net = NetOf<T>;
    const Model<Net>& model = as_model(saved);
    check_model(model);
    const Shape& shape = model.net.shape();
    TensorFile file;
    const TensorChoice has{shape.biases, is_model<T>, is_model<T>, model.lowest.size() > 0};
    for_each_tensor(has, [&](const auto& name, auto values) {
        file.add(name.name, name.dimensions(shape), values(model));
    });
    add_metadata(file, {.output = std::string(Net::Output::name),
                        .class_names = model.class_names,
                        .columns = model.columns,
                        .provenance = provenance,
                        .version = library_version()});
    file.seal();
    describe(file);  // never writes what load() would reject
    return tensor_file_bytes(file);
}

/// The network or Model in a file.
template <NetworkOrModel T>
T from_file(const TensorFile& file, const LoadOptions& options) {
    using Net = NetOf<T>;
    using Scalar = typename Net::Scalar;
    FileDescription description = describe(file);
    const Shape& shape = description.shape;
    if (!description.output.empty() && description.output != Net::Output::name)
        fail("its output is ", in_quotes(description.output), ", the requested network has ",
             in_quotes(Net::Output::name));
    if (std::same_as<Scalar, float> && description.scalar == "double" && !options.round)
        fail(
            "its numbers are doubles, the requested network has floats: set "
            "LoadOptions::round");
    if (!is_model<T> && description.has_scalings)
        fail("it has scalings, without which its network means nothing: load a Model");

    // Doubles are rounded if Scalar is float, and may then be infinite.
    const auto read = [&file](std::string_view name, const MatrixView<Scalar>& A) {
        const Tensor& tensor = file.tensor(name);
        for (Index i = 0; i < A.rows; ++i)
            for (Index j = 0; j < A.cols; ++j)
                A(i, j) = tensor.type == f32 ? Scalar(tensor.at<float>(i * A.cols + j))
                                             : Scalar(tensor.at<double>(i * A.cols + j));
        check_finite<Scalar>(name, A);
    };
    const auto read_vector = [&read](std::string_view name, Index size) {
        Vector<Scalar> values(size);
        read(name, values);
        return values;
    };
    const Index D = shape.inputs, K = shape.outputs;
    Model<Net> model{.net = Net(shape)};
    read("W1", model.net.weights().W1());
    read("W2", model.net.weights().W2());
    if (shape.biases) {
        read("b1", model.net.weights().b1());
        read("b2", model.net.weights().b2());
    }
    if (description.has_scalings) {
        model.inputs = {read_vector("inputs.mean", D), read_vector("inputs.deviation", D)};
        model.targets = {read_vector("targets.mean", K), read_vector("targets.deviation", K)};
    }
    if (description.has_ranges) {
        model.lowest = read_vector("inputs.lowest", D);
        model.highest = read_vector("inputs.highest", D);
    }
    if constexpr (is_model<T>) {
        using Label = typename decltype(T::class_names)::value_type;
        model.columns = std::move(description.columns);
        return with_labels(std::move(model), labels_of<Label>(std::move(description.class_names)));
    } else {
        return std::move(model.net);
    }
}

template <NetworkOrModel T>
T load(const std::string& source, std::string bytes, const LoadOptions& options) {
    return made_from(source,
                     [&] { return from_file<T>(parse_tensor_file(std::move(bytes)), options); });
}

}  // namespace detail

/// Saves a network or a Model, bit for bit, as a safetensors file, by write_atomically(). It has
/// the tensors W1, b1, W2, b2 and the scalings, row-major, and in the metadata the output, names,
/// provenance and a checksum.
///
/// Throws std::invalid_argument for an entry that is not finite, for names that are not UTF-8, and
/// for columns or class names that do not match the network; then nothing is written. Throws
/// std::runtime_error as write_atomically() if the file cannot be written.
template <NetworkOrModel T>
void save(const std::filesystem::path& path, const T& saved, const Provenance& provenance = {}) {
    write_atomically(path, detail::file_bytes(saved, provenance));
}

/// Overload for streams. Throws std::runtime_error if the stream fails.
template <NetworkOrModel T>
void save(std::ostream& out, const T& saved, const Provenance& provenance = {}) {
    detail::write_all(out, detail::file_bytes(saved, provenance), "the stream");
}

/// Loads what save() or another program wrote: load<Classifier<double>>(path), whose labels are the
/// class names as texts, load<Classifier<double, int>>(path), load<Regressor<double>>(path), or a
/// bare network, load<Net>(path). A file of floats can be loaded into a network of doubles, of
/// either shape kind. A file without our metadata has W1 (D x M) and W2 (M x K), both or none of b1
/// and b2, and the requested output.
///
/// Nothing in the file is trusted, and no more memory is used than a small multiple of its size.
/// Throws std::runtime_error with path and reason if the file cannot be read, is not such a file,
/// is damaged, or holds something different from what was requested: a different output, doubles
/// for floats, a shape different from the type's, scalings for a bare network, class names that are
/// not labels of the type.
template <NetworkOrModel T>
T load(const std::filesystem::path& path, const LoadOptions& options = {}) {
    return detail::load<T>(path.string(), detail::read_file(path), options);
}

/// Overload for streams. Reads the stream to its end; `source` names it in messages.
template <NetworkOrModel T>
T load(std::istream& in, const std::string& source = "the stream",
       const LoadOptions& options = {}) {
    return detail::load<T>(source, detail::read_all(in, source), options);
}

/// What a file says about itself: shape, scalar type, output, names. Throws as load().
inline FileDescription describe(const std::filesystem::path& path) {
    const std::string source = path.string();
    return detail::made_from(source, [&] {
        return detail::describe(detail::parse_tensor_file(detail::read_file(path)));
    });
}

}  // namespace twolayer
