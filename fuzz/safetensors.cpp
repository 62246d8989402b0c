// SPDX-License-Identifier: MIT
//
// Any bytes load as a network or are refused with std::runtime_error. A network that loads is saved
// and loaded again bit for bit.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <twolayer/files/safetensors.hpp>

#include "check.hpp"

using namespace twolayer;

namespace {

template <typename T>
std::optional<T> loaded(const std::string& bytes) {
    return unless_refused([&] { return detail::load<T>("input", bytes, {.round = true}); });
}

template <typename T>
void load_and_save(const std::string& bytes) {
    const std::optional<T> first = loaded<T>(bytes);
    if (!first)
        return;
    const std::string saved = detail::file_bytes(*first, {});
    const std::optional<T> again = loaded<T>(saved);
    check(again.has_value(), "a saved network can be loaded");
    check(detail::file_bytes(*again, {}) == saved, "a network is loaded back bit for bit");
}

void load_all(const std::string& bytes) {
    load_and_save<TwoLayerNet<float>>(bytes);
    load_and_save<TwoLayerNet<double, Identity, 2, 3, 2>>(bytes);
    load_and_save<Model<TwoLayerNet<float, Identity>>>(bytes);
    load_and_save<Model<TwoLayerNet<double, Softmax>>>(bytes);
}

/// The same file with a valid checksum, so that the fuzzer reaches the code after that check.
/// Nothing if it is not a file of tensors.
std::optional<std::string> sealed(const std::string& bytes) {
    auto file = unless_refused([&] {
        return detail::made_from("input", [&] { return detail::parse_tensor_file(bytes); });
    });
    if (!file)
        return std::nullopt;
    const std::string written = detail::tensor_file_bytes(*file);
    const detail::TensorFile again = detail::parse_tensor_file(written);
    check(detail::tensor_file_bytes(again) == written, "tensors are written back bit for bit");
    file->seal();
    return detail::tensor_file_bytes(*file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    load_all(bytes);
    if (const std::optional<std::string> with_seal = sealed(bytes))
        load_all(*with_seal);
    return 0;
}
