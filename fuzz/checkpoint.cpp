// SPDX-License-Identifier: MIT
//
// Any bytes are a checkpoint of a fit or are refused with std::runtime_error; what is read is
// written again, bit for bit, and a fit goes on from it to an end, whatever its numbers are.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <twolayer/base/version.hpp>
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>

#include "check.hpp"

using namespace twolayer;

namespace {

using Net = TwoLayerNet<double, Identity>;

/// A fit of four samples, and a state of it, as it may be in the corpus.
template <typename Method>
class Fit {
public:
    /// Does nothing for the checkpoint of another method.
    void load_and_go_on(const std::string& bytes, std::string_view method = Method::name) const {
        if (method != Method::name)
            return;
        auto state = loaded(bytes);
        if (!state)
            return;
        const std::string written = file_.bytes(*state);
        const auto again = loaded(written);
        check(again.has_value(), "what is written is read");
        check(file_.bytes(*again) == written, "what is read again is the same");
        Net net = net_;
        fit(net, X_, Y_, SquaredError{}, {}, Method{}, options_, *state);
    }

private:
    std::optional<FitState<Net, Method>> loaded(const std::string& bytes) const {
        return unless_refused([&] { return file_.from_bytes(bytes); });
    }

    Net net_{{.inputs = 1, .hidden = 2, .outputs = 1, .biases = false}};
    Matrix<double> X_{{-0.5}, {1}, {0.25}, {2}}, Y_{{0.25}, {1}, {0}, {0.5}};
    FitOptions options_{.epochs = 6, .validation_fraction = 0.25, .starts = 2};
    CheckpointFile<Net, Method> file_{"input",        net_, X_,       Y_,
                                      SquaredError{}, {},   Method{}, options_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Fit<Adam> adam;
    static const Fit<Rprop> rprop;
    static const Fit<Lbfgs> lbfgs;
    static const Fit<LevenbergMarquardt> levenberg_marquardt;
    static const Fit<NewtonCg> newton_cg;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    adam.load_and_go_on(bytes);
    // With a correct checksum and this version, so that the fuzzer gets past them, for the method
    // that the file names.
    std::string sealed, method;
    try {
        detail::TensorFile file = detail::parse_tensor_file("input", bytes);
        file.metadata["twolayer_checkpoint"] = library_version();
        file.seal();
        sealed = detail::tensor_file_bytes(file);
        method = file.text_or_empty("method");
    } catch (const std::runtime_error&) {
        return 0;
    }
    adam.load_and_go_on(sealed, method);
    rprop.load_and_go_on(sealed, method);
    lbfgs.load_and_go_on(sealed, method);
    levenberg_marquardt.load_and_go_on(sealed, method);
    newton_cg.load_and_go_on(sealed, method);
    return 0;
}
