#include "decide/signed_token.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "election/json_tree.h"

namespace teller {
namespace {

constexpr std::size_t shown_of_token_max = 80;

std::unexpected<Error> refused_token(std::string why) {
  return fail(Remedy::reject, "officer.token_refused", std::move(why));
}

// The three parts; nothing when there are more or fewer.
std::optional<std::array<std::string_view, 3>> parts_of(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return std::array{token.substr(0, first), token.substr(first + 1, second - first - 1),
                    token.substr(second + 1)};
}

bool is_word_in_any_case(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) {
    return ('A' <= a && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

struct TokenHead {
  TokenAlgorithm algorithm = TokenAlgorithm::es256;
  std::string key;
};

Result<TokenHead> read_head(std::string_view text) {
  JsonTree tree;
  // Why it is no JSON is not said: it would repeat a piece of the token.
  if (tree.build(text, {.bytes = signed_token_bytes_max, .values = 200, .depth = 8}) ||
      !tree.root().is_object()) {
    return refused_token("its header is no JSON object that can be read");
  }
  const JsonValue root = tree.root();
  if (root.find("crit")) return refused_token("its header asks for more than is known here (crit)");
  if (const auto kind = root.find("typ")) {
    const std::array<std::string_view, 3> taken{"jwt", "at+jwt", "application/at+jwt"};
    if (std::ranges::none_of(taken,
                             [&](auto word) { return is_word_in_any_case(kind->text(), word); })) {
      return refused_token("it is of the type " + quoted_from_token(kind->text()) +
                           ", and JWT or at+jwt is taken");
    }
  }
  const auto said = root.find("alg");
  const auto algorithm = token_algorithm_named(said ? said->text() : "");
  if (!algorithm) {
    return refused_token(fmt::format("its algorithm is {}; ES256, EdDSA and RS256 are taken",
                                     quoted_from_token(said ? said->text() : "")));
  }
  const auto key = root.find("kid");
  if (!key || key->text().empty()) return refused_token("it names no key (kid)");
  return TokenHead{*algorithm, std::string(key->text())};
}

}  // namespace

std::string quoted_from_token(std::string_view text) {
  if (!is_clean_line(text)) return "something that is no clean text";
  if (text.size() <= shown_of_token_max) return fmt::format("\"{}\"", text);
  return fmt::format("\"{}...\"", cut_at_character(text, shown_of_token_max));
}

Result<std::string> open_signed_token(std::string_view token, const JsonWebKeys& keys) {
  if (token.size() > signed_token_bytes_max) {
    return refused_token(fmt::format("it has more than {} bytes", signed_token_bytes_max));
  }
  const auto parts = parts_of(token);
  if (!parts) return refused_token("it is not three parts with a dot between them");
  const auto [head_text, body_text, signature_text] = *parts;
  const auto head_bytes = from_base64url(head_text), body = from_base64url(body_text),
             signature = from_base64url(signature_text);
  if (!head_bytes || !body || !signature) return refused_token("a part of it is no base64url");
  const auto head = read_head(as_text(*head_bytes));
  if (!head) return std::unexpected(head.error());
  const JsonWebKey* key = keys.find(head->key);
  if (key == nullptr) {
    const std::string_view why = keys.why_left_out(head->key);
    if (why.empty()) {
      return fail(
          Remedy::reject, "officer.token_key_unknown",
          fmt::format("its key {} is none of the provider's", quoted_from_token(head->key)));
    }
    return refused_token(
        fmt::format("the provider's key {} is not used: {}", quoted_from_token(head->key), why));
  }
  if (key->algorithm() != head->algorithm) {
    return refused_token(fmt::format("it says {}, and the key {} is for {}",
                                     to_text(head->algorithm), quoted_from_token(head->key),
                                     to_text(key->algorithm())));
  }
  const std::string_view is_signed = token.substr(0, head_text.size() + 1 + body_text.size());
  if (!key->good_signature(as_bytes(is_signed), *signature)) {
    return refused_token("its signature is not good");
  }
  return std::string(as_text(*body));
}

}  // namespace teller
