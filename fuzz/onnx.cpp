// SPDX-License-Identifier: MIT
//
// Any bytes are imported as a network or model or refused with std::runtime_error; what is imported
// is exported and imported again, bit for bit.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <twolayer/deploy/onnx.hpp>

#include "check.hpp"

using namespace twolayer;

namespace {

template <typename T>
std::optional<T> imported(const std::string& bytes) {
    return unless_refused([&] { return detail::import_onnx<T>("input", bytes); });
}

template <typename T>
void import_and_export(const std::string& bytes) {
    const std::optional<T> first = imported<T>(bytes);
    if (!first)
        return;
    const std::string exported = detail::onnx_bytes(detail::as_model(*first));
    const std::optional<T> again = imported<T>(exported);
    check(again.has_value(), "what is exported is imported");
    check(detail::onnx_bytes(detail::as_model(*again)) == exported, "it is the same again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    import_and_export<TwoLayerNet<float>>(bytes);
    import_and_export<TwoLayerNet<double, Identity, 2, 3, 2>>(bytes);
    import_and_export<Model<TwoLayerNet<float, Identity>>>(bytes);
    import_and_export<Model<TwoLayerNet<double, Softmax>>>(bytes);
    return 0;
}
