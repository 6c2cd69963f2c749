#include "election/json_tree.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teller {
namespace {

using Json = nlohmann::json;

// The names that an object has so far. Most have a handful, which is looked through; the few
// with many (registered voters by unit) get a table.
class Names {
 public:
  void clear() {
    few_.clear();
    many_.clear();
  }
  // False if it was there.
  [[nodiscard]] bool add(std::string_view name) {
    if (!many_.empty()) return many_.insert(name).second;
    if (std::ranges::find(few_, name) != few_.end()) return false;
    few_.push_back(name);
    if (few_.size() == 16) many_.insert(few_.begin(), few_.end());
    return true;
  }

 private:
  std::vector<std::string_view> few_;
  std::unordered_set<std::string_view> many_;
};

}  // namespace

class JsonTreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  using Kind = JsonTree::Kind;

  JsonTreeBuilder(JsonTree& tree, const JsonLimits& limits, std::size_t text_bytes)
      : tree_(tree), limits_(limits) {
    // What is spelled with escapes is longer than what it says: names stay where they are.
    tree_.texts_.reserve(text_bytes);
  }

  std::optional<JsonTree::Fault> fault;
  std::string repeated;
  bool has_repeated = false;

  bool null() override { return add({Kind::other}); }
  bool boolean(bool is) override { return add({is ? Kind::yes : Kind::no}); }
  bool number_integer(number_integer_t is) override {
    return add(text_node(std::to_string(is), Kind::number));
  }
  bool number_unsigned(number_unsigned_t is) override { return add({Kind::natural, 0, is}); }
  bool number_float(number_float_t, const string_t& is) override {
    return add(text_node(is, Kind::number));
  }
  bool string(string_t& is) override { return add(text_node(is)); }
  bool binary(binary_t&) override { return false; }  // Not in JSON text.

  bool start_object(std::size_t) override { return open(Kind::object); }
  bool start_array(std::size_t) override { return open(Kind::list); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& is) override {
    if (!room()) return false;
    const JsonTree::Node name = text_node(is);
    tree_.nodes_.push_back(name);
    if (!names_[open_.size() - 1].add({tree_.texts_.data() + name.value, name.size})) {
      repeated = is;
      has_repeated = true;
    }
    return true;
  }

  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception& wrong) override {
    // What is no parse_error is a number that no double holds.
    if (dynamic_cast<const Json::parse_error*>(&wrong) != nullptr) {
      fault = {std::string("this is not JSON: ") + wrong.what(), at};
    } else {
      fault = {wrong.what()};
    }
    return false;
  }

 private:
  JsonTree::Node text_node(std::string_view is, Kind kind = Kind::text) {
    const std::size_t begin = tree_.texts_.size();
    tree_.texts_ += is;
    return {kind, static_cast<std::uint32_t>(is.size()), begin};
  }

  bool room() {
    if (tree_.nodes_.size() < limits_.values) return true;
    fault = {
        fmt::format("holds more than {} values; that is not a file of this kind", limits_.values)};
    return false;
  }

  bool add(const JsonTree::Node& node) {
    if (!room()) return false;
    if (!open_.empty()) ++tree_.nodes_[open_.back()].size;
    tree_.nodes_.push_back(node);
    return true;
  }

  bool open(Kind kind) {
    if (open_.size() >= static_cast<std::size_t>(limits_.depth)) {
      fault = {
          fmt::format("lists and objects stand in each other more than {} deep", limits_.depth)};
      return false;
    }
    if (!add({kind})) return false;
    open_.push_back(tree_.nodes_.size() - 1);
    if (names_.size() < open_.size()) names_.emplace_back();
    names_[open_.size() - 1].clear();
    return true;
  }

  bool close() {
    tree_.nodes_[open_.back()].value = tree_.nodes_.size();
    open_.pop_back();
    return true;
  }

  JsonTree& tree_;
  const JsonLimits& limits_;
  std::vector<std::size_t> open_;  // The containers around the place where we are.
  std::vector<Names> names_;       // Of each of them that is an object.
};

std::optional<JsonTree::Fault> JsonTree::build(std::string_view text, const JsonLimits& limits) {
  if (text.size() >
      std::min<std::size_t>(limits.bytes, std::numeric_limits<std::uint32_t>::max())) {
    return Fault{
        fmt::format("is larger than {} bytes; that is not a file of this kind", limits.bytes)};
  }
  JsonTreeBuilder builder(*this, limits, text.size());
  Json::sax_parse(text.data(), text.data() + text.size(), &builder);
  if (builder.fault) return builder.fault;
  if (builder.has_repeated) {
    return Fault{"the member \"" + builder.repeated + "\" stands twice in one object; keep one"};
  }
  return std::nullopt;
}

JsonValue JsonTree::empty_object() {
  static const JsonTree tree = [] {
    JsonTree made;
    made.nodes_.push_back({Kind::object, 0, 1});
    return made;
  }();
  return tree.root();
}

JsonValue JsonTree::empty_list() {
  static const JsonTree tree = [] {
    JsonTree made;
    made.nodes_.push_back({Kind::list, 0, 1});
    return made;
  }();
  return tree.root();
}

bool JsonValue::is_object() const { return tree_->nodes_[at_].kind == JsonTree::Kind::object; }
bool JsonValue::is_list() const { return tree_->nodes_[at_].kind == JsonTree::Kind::list; }
bool JsonValue::is_text() const { return tree_->nodes_[at_].kind == JsonTree::Kind::text; }

std::size_t JsonValue::size() const {
  return is_object() || is_list() ? tree_->nodes_[at_].size : 0;
}

std::string_view JsonValue::text() const {
  if (!is_text()) return {};
  const JsonTree::Node& node = tree_->nodes_[at_];
  return std::string_view(tree_->texts_).substr(node.value, node.size);
}

std::optional<std::uint64_t> JsonValue::natural() const {
  const JsonTree::Node& node = tree_->nodes_[at_];
  if (node.kind != JsonTree::Kind::natural) return std::nullopt;
  return node.value;
}

std::optional<bool> JsonValue::flag() const {
  const JsonTree::Kind kind = tree_->nodes_[at_].kind;
  if (kind != JsonTree::Kind::yes && kind != JsonTree::Kind::no) return std::nullopt;
  return kind == JsonTree::Kind::yes;
}

std::optional<std::string> JsonValue::number() const {
  if (const auto whole = natural()) return std::to_string(*whole);
  const JsonTree::Node& node = tree_->nodes_[at_];
  if (node.kind != JsonTree::Kind::number) return std::nullopt;
  return tree_->texts_.substr(node.value, node.size);
}

std::size_t JsonValue::behind(std::size_t at) const {
  const JsonTree::Node& node = tree_->nodes_[at];
  const bool container = node.kind == JsonTree::Kind::object || node.kind == JsonTree::Kind::list;
  return container ? node.value : at + 1;
}

std::optional<JsonValue> JsonValue::find(std::string_view member) const {
  if (!is_object()) return std::nullopt;
  std::size_t at = at_ + 1;
  for (std::size_t i = 0; i < size(); ++i, at = behind(at + 1)) {
    if (JsonValue(*tree_, at).text() == member) return JsonValue(*tree_, at + 1);
  }
  return std::nullopt;
}

std::vector<JsonValue::Member> JsonValue::members() const {
  std::vector<Member> all;
  all.reserve(size());
  for_each_member([&](std::string_view name, JsonValue value) { all.emplace_back(name, value); });
  std::ranges::sort(all, {}, &Member::first);
  return all;
}

}  // namespace teller
