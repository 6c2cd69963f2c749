// A JSON text as a tree of about 16 bytes a value beside the bytes of its strings: the rules of a
// nation have millions of values. Limits are held while it is built, so that no file, whatever it
// says, takes more than they allow.
//
// A JsonValue is a place in a tree, as cheap as a pointer, valid for as long as the tree lives and
// stays where it is. Immutable once built and safe from any thread. Third-party types end in the
// .cc file. Used by json_file.h, and by tables/json_table.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace teller {

// What a reader takes at most.
struct JsonLimits {
  std::size_t bytes;   // Of the text.
  std::size_t values;  // Texts, numbers, lists, objects, members: each counts.
  int depth = 64;      // Lists and objects in each other. No file of ours goes deeper than eight.
};

class JsonTree;

class JsonValue {
 public:
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_text() const;
  // Of a list or an object; 0 of anything else.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }

  // What it says, if it is of that kind. A number with a fraction, an exponent or a sign is none.
  [[nodiscard]] std::string_view text() const;  // Empty of what is no text.
  [[nodiscard]] std::optional<std::uint64_t> natural() const;
  [[nodiscard]] std::optional<bool> flag() const;
  // Any number as it is written, also one with a fraction, an exponent or a sign.
  [[nodiscard]] std::optional<std::string> number() const;

  // The member of an object; looks through all of them.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view member) const;
  using Member = std::pair<std::string_view, JsonValue>;
  // All of an object, ascending by name.
  [[nodiscard]] std::vector<Member> members() const;

  // Calls each(place from 0, value) of a list, in order.
  template <typename Each>
  void for_each(Each each) const {
    if (!is_list()) return;
    std::size_t at = at_ + 1;
    for (std::size_t i = 0; i < size(); ++i, at = behind(at)) each(i, JsonValue(*tree_, at));
  }
  // Calls each(name, value) of an object, in the order of the text.
  template <typename Each>
  void for_each_member(Each each) const {
    if (!is_object()) return;
    std::size_t at = at_ + 1;
    for (std::size_t i = 0; i < size(); ++i, at = behind(at + 1)) {
      each(JsonValue(*tree_, at).text(), JsonValue(*tree_, at + 1));
    }
  }

 private:
  friend class JsonTree;
  JsonValue(const JsonTree& tree, std::size_t at) : tree_(&tree), at_(at) {}
  // Of the value that follows the one at `at`.
  [[nodiscard]] std::size_t behind(std::size_t at) const;

  const JsonTree* tree_;
  std::size_t at_;
};

class JsonTree {
 public:
  struct Fault {
    std::string what;
    std::optional<std::size_t> at = std::nullopt;  // Byte of the text, where that is known.
  };
  JsonTree() = default;
  JsonTree(JsonTree&&) = default;
  JsonTree& operator=(JsonTree&&) = default;

  // Fills an empty tree; nothing when all is well. The text is needed no longer afterwards.
  [[nodiscard]] std::optional<Fault> build(std::string_view text, const JsonLimits& limits);

  [[nodiscard]] JsonValue root() const { return {*this, 0}; }
  // An object and a list with nothing in them, for what a file should have and has not.
  [[nodiscard]] static JsonValue empty_object();
  [[nodiscard]] static JsonValue empty_list();

 private:
  friend class JsonValue;
  friend class JsonTreeBuilder;
  enum class Kind : std::uint8_t { object, list, text, natural, number, no, yes, other };
  // In the order of the text; a member's name stands before its value as a text.
  struct Node {
    Kind kind = Kind::other;
    std::uint32_t size = 0;   // Members, values of a list, bytes of a text (or a number's).
    std::uint64_t value = 0;  // The natural number; where a text begins; what follows a container.
  };
  std::vector<Node> nodes_;
  std::string texts_;
};

}  // namespace teller
