// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/io/json_reader.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

using TextList = std::vector<std::string>;

/// ["a", "b"]
inline std::string json_list(std::span<const std::string> texts) {
    std::string list = "[";
    for (const std::string& text : texts) {
        if (list.size() > 1)
            list += ',';
        list += json_text(text);
    }
    return list + "]";
}

/// Reads a list of texts or, two deep, a list of lists of texts, [["a", "b"], ["c"]].
class TextListReader : public JsonReader {
public:
    std::vector<TextList> lists;

    TextListReader(const std::string& source, const std::string& what, int depth, Index most)
        : JsonReader(source, what), max_depth_(depth), max_texts_(most) {}

    bool start_array(std::size_t) {
        if (++depth_ > max_depth_)
            refuse("a list has no place in this list");
        if (depth_ == max_depth_)
            lists.emplace_back();
        return true;
    }

    bool string(std::string& text) {
        if (depth_ != max_depth_)
            refuse("the text ", in_quotes(text), " has no place outside of a list");
        if (++texts_ > max_texts_)
            refuse("there are more than ", max_texts_, " texts");
        lists.back().push_back(text);
        return true;
    }

    bool end_array() {
        if (depth_ == max_depth_ && lists.back().empty())
            refuse("a list is empty");
        --depth_;
        return true;
    }

private:
    const int max_depth_;
    const Index max_texts_;
    int depth_ = 0;
    Index texts_ = 0;
};

/// The lists in a text, none of them empty and of at most so many texts in all; one for a list of
/// texts. Throws std::runtime_error with the source, what the text is, and what is wrong.
inline std::vector<TextList> parse_text_lists(const std::string& source, const std::string& what,
                                              std::string_view text, int depth, Index most) {
    TextListReader reader(source, what, depth, most);
    read_json(text, reader);
    return std::move(reader.lists);
}

}  // namespace twolayer::detail
