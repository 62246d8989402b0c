// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/data/table.hpp>
#include <twolayer/io/json_reader.hpp>
#include <twolayer/io/tensor_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Reads the JSON at the head of a safetensors file,
///
///     {"__metadata__": {"name": "text", ...},
///      "W1": {"dtype": "F64", "shape": [3, 5], "data_offsets": [0, 120]}, ...}
///
/// and no other.
class TensorHeader : public JsonReader {
public:
    /// More of either is no file of a network.
    static constexpr std::size_t max_entries = 1000, max_dimensions = 8;

    static constexpr std::string_view metadata_key = "__metadata__";

    /// A tensor as the header has it, its bytes from `begin` to `end` after the header.
    struct Entry {
        TensorType type{};
        std::vector<Index> shape;
        std::uint64_t begin = 0, end = 0;
    };

    std::map<std::string, Entry> tensors;
    std::map<std::string, std::string, std::less<>> metadata;

    explicit TensorHeader(const std::string& source) : JsonReader(source, "the header") {}

    bool start_object(std::size_t) {
        if (place_ == Place::start)
            place_ = Place::names;
        else if (place_ == Place::names)
            place_ = name_ == metadata_key ? Place::metadata : Place::tensor;
        else
            refuse(in_quotes(name_), ": an object has no place here");
        return true;
    }

    bool key(std::string& key) {
        if (place_ != Place::names) {
            field_ = key;
            return true;
        }
        name_ = key;
        const bool is_metadata = name_ == metadata_key;
        if (is_metadata ? std::exchange(has_metadata_, true) : tensors.contains(name_))
            refuse(in_quotes(name_), " is there twice");
        if (tensors.size() == max_entries)
            refuse("there are more than ", max_entries, " tensors");
        return true;
    }

    bool string(std::string& text) {
        if (place_ == Place::metadata) {
            if (metadata.size() == max_entries)
                refuse("there are more than ", max_entries, " metadata");
            if (!metadata.emplace(field_, text).second)
                refuse_field(" is there twice");
            return true;
        }
        if (place_ != Place::tensor || field_ != "dtype")
            refuse_field(": the text ", in_quotes(text), " has no place here");
        const auto found = std::ranges::find(tensor_type_names, text);
        if (found == tensor_type_names.end())
            refuse_field(" is ", in_quotes(text), ", it must be F32, F64, I64 or U64");
        set_once(type_, TensorType(found - tensor_type_names.begin()));
        return true;
    }

    bool start_array(std::size_t) {
        if (place_ != Place::tensor || (field_ != "shape" && field_ != "data_offsets"))
            refuse_field(": a list has no place here");
        place_ = Place::list;
        list_.clear();
        return true;
    }

    bool number_unsigned(std::uint64_t number) {
        if (place_ != Place::list)
            refuse_field(": a number has no place here");
        if (number > std::uint64_t((std::numeric_limits<Index>::max)()))
            refuse_field(": ", number, " is too large");
        if (list_.size() == max_dimensions)
            refuse_field(" has more than ", max_dimensions, " numbers");
        list_.push_back(Index(number));
        return true;
    }

    bool end_array() {
        place_ = Place::tensor;
        set_once(field_ == "shape" ? shape_ : offsets_, list_);
        return true;
    }

    bool end_object() {
        if (place_ == Place::tensor)
            add_tensor();
        place_ = place_ == Place::names ? Place::start : Place::names;
        return true;
    }

private:
    /// Where in the text the parser is: before and after the object, between its names, in the
    /// metadata, in a tensor, in a list of a tensor.
    enum class Place { start, names, metadata, tensor, list };

    template <typename... Parts>
    [[noreturn]] void refuse_field(const Parts&... parts) const {
        refuse(in_quotes(name_), ": ", in_quotes(field_), parts...);
    }

    template <typename T>
    void set_once(std::optional<T>& field, const T& value) const {
        if (field)
            refuse_field(" is there twice");
        field = value;
    }

    void add_tensor() {
        if (!type_ || !shape_ || !offsets_)
            refuse(in_quotes(name_), " needs dtype, shape and data_offsets");
        const std::vector<Index>& offsets = *offsets_;
        if (offsets.size() != 2 || offsets[0] > offsets[1])
            refuse(in_quotes(name_), ": data_offsets are ", text_of(offsets),
                   ", they must be where the bytes begin and end");
        const auto bytes = std::uint64_t(offsets[1] - offsets[0]);
        if (tensor_bytes(*type_, *shape_) != bytes)
            refuse(in_quotes(name_), ": data_offsets leave ", bytes, " bytes, which is not what ",
                   name_of(*type_), " of shape ", text_of(*shape_), " takes");
        tensors[name_] = {*type_, *shape_, std::uint64_t(offsets[0]), std::uint64_t(offsets[1])};
        type_.reset();
        shape_.reset();
        offsets_.reset();
    }

    Place place_ = Place::start;
    bool has_metadata_ = false;
    std::string name_, field_;
    std::vector<Index> list_;
    std::optional<TensorType> type_;
    std::optional<std::vector<Index>> shape_, offsets_;
};

}  // namespace twolayer::detail
