#include "decide/provider_token.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"
#include "base/utf8.h"
#include "decide/roles.h"
#include "decide/signed_token.h"
#include "election/decisions.h"
#include "election/json_tree.h"

namespace teller {
namespace {

constexpr std::int64_t hour_us = 3'600'000'000;
constexpr double seconds_max = 253'402'300'799;  // The year 9999.
constexpr std::size_t subject_bytes_max = 128, username_bytes_max = 60;

Result<std::string> subject_of(const JsonValue& claims) {
  const auto found = claims.find("sub");
  const std::string_view text = found ? found->text() : std::string_view();
  const bool good = !text.empty() && text.size() <= subject_bytes_max &&
                    std::ranges::all_of(text, [](char c) { return '!' <= c && c <= '~'; });
  if (good) return std::string(text);
  return fail(Remedy::reject, "officer.token_refused",
              fmt::format("its sub is not 1 to {} letters without a space", subject_bytes_max));
}

// What people call somebody is for people; what cannot be shown is left out.
std::string username_of(const JsonValue& claims) {
  const auto found = claims.find("preferred_username");
  const std::string_view text = found ? found->text() : std::string_view();
  const bool good = text.size() <= username_bytes_max && is_clean_line(text);
  return std::string(good ? text : std::string_view());
}

// Seconds since 1970, with or without a fraction. Nothing when it is not there or no such number.
std::optional<std::int64_t> time_of(const JsonValue& claims, std::string_view name) {
  const auto found = claims.find(name);
  const auto number = found ? found->number() : std::nullopt;
  if (!number) return std::nullopt;
  double seconds = 0;
  const char* const end = number->data() + number->size();
  const auto [stopped, wrong] = std::from_chars(number->data(), end, seconds);
  if (wrong != std::errc() || stopped != end || !(seconds >= 0) || seconds > seconds_max) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(seconds * 1e6);
}

bool is_for(const JsonValue& claims, std::string_view audience) {
  const auto found = claims.find("aud");
  if (!found) return false;
  bool named = found->is_text() && found->text() == audience;
  found->for_each([&](std::size_t, const JsonValue& one) {
    named = named || (one.is_text() && one.text() == audience);
  });
  return named;
}

// Why it is not one to be carried here; nothing when it is.
std::optional<std::string> wrong_kind(const JsonValue& claims, const IdentityProvider& provider) {
  const auto issuer = claims.find("iss");
  if (!issuer || issuer->text() != provider.issuer) {
    return fmt::format("its issuer is {}, and persons are known by {}",
                       quoted_from_token(issuer ? issuer->text() : ""), provider.issuer);
  }
  if (!is_for(claims, provider.audience)) {
    return fmt::format("it is for somebody else: \"{}\" is not in its aud", provider.audience);
  }
  // Keycloak says so of tokens to sign in with (ID), to renew others (Refresh, Offline) and others.
  const auto kind = claims.find("typ");
  if (kind && kind->text() != "Bearer") {
    return fmt::format("it is of the kind {}, and Bearer is taken",
                       quoted_from_token(kind->text()));
  }
  if (claims.find("cnf")) {
    return "it is bound to a key or a certificate (cnf), which nobody looks at here";
  }
  return std::nullopt;
}

// Why it is not good now; nothing when it is, and then `expires_us` is when it ends.
std::optional<std::string> wrong_time(const JsonValue& claims, const IdentityProvider& provider,
                                      std::int64_t now_us, std::int64_t& expires_us) {
  const auto made = time_of(claims, "iat"), expires = time_of(claims, "exp");
  if (!made || !expires) return "it does not say when it was made and when it ends (iat, exp)";
  if (now_us >= *expires + token_leeway_us) {
    return fmt::format("it has expired at {}", format_utc(*expires));
  }
  if (now_us < *made - token_leeway_us) {
    return fmt::format("it was made at {}, which is still to come", format_utc(*made));
  }
  const auto from = time_of(claims, "nbf");
  if (claims.find("nbf") && !from) return "from when on it is good (nbf) cannot be read";
  if (from && now_us < *from - token_leeway_us) {
    return fmt::format("it is good from {} on", format_utc(*from));
  }
  if (*expires - *made > provider.hours_max * hour_us) {
    return fmt::format("it is good for more than {} hours", provider.hours_max);
  }
  expires_us = *expires;
  return std::nullopt;
}

std::vector<OfficerRole> roles_of(const JsonValue& claims, const IdentityProvider& provider) {
  std::optional<JsonValue> at = claims;
  for (const std::string& name : provider.roles_claim) {
    at = at->find(name);
    if (!at) return {};
  }
  std::vector<OfficerRole> held;
  const auto take = [&](const JsonValue& group) {
    const auto found = provider.roles.find(group.text());
    if (group.is_text() && found != provider.roles.end()) held.push_back(found->second);
  };
  take(*at);
  at->for_each([&](std::size_t, const JsonValue& group) { take(group); });
  std::ranges::sort(held);
  held.erase(std::ranges::unique(held).begin(), held.end());
  return held;
}

std::optional<Error> wrong_roles(const TokenPerson& person, const IdentityProvider& provider) {
  if (person.roles.empty()) {
    return Error{Remedy::reject, "officer.no_role",
                 fmt::format("{} holds no role here: {} of the token names no group of the "
                             "persons file",
                             person.name, provider.roles_claim_text)};
  }
  for (const OfficerRole one : person.roles) {
    for (const OfficerRole other : person.roles) {
      const auto because = separated(one, other);
      if (!because) continue;
      return Error{Remedy::reject, "officer.separated",
                   fmt::format("{} is {} and {} by one token: {}", person.name, to_text(one),
                               to_text(other), *because)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::expected<TokenPerson, RefusedToken> person_of_token(std::string_view token,
                                                         const JsonWebKeys& keys,
                                                         const IdentityProvider& provider,
                                                         std::int64_t now_us) {
  const auto payload = open_signed_token(token, keys);
  if (!payload) return std::unexpected(RefusedToken{payload.error(), ""});
  JsonTree tree;
  if (tree.build(*payload, {.bytes = signed_token_bytes_max, .values = 4000, .depth = 16}) ||
      !tree.root().is_object()) {
    return std::unexpected(RefusedToken{{Remedy::reject, "officer.token_refused",
                                         "what it says is no JSON object that can be read"},
                                        ""});
  }
  const JsonValue claims = tree.root();
  const auto subject = subject_of(claims);
  if (!subject) return std::unexpected(RefusedToken{subject.error(), ""});
  TokenPerson person;
  person.called.push_back(*subject);
  person.name = *subject;
  if (const std::string username = username_of(claims); !username.empty()) {
    person.called.push_back(username);
    person.name += " (" + username + ")";
  }
  const auto refused = [&](std::string why) {
    return std::unexpected(
        RefusedToken{{Remedy::reject, "officer.token_refused", std::move(why)}, person.name});
  };
  if (auto wrong = wrong_kind(claims, provider)) return refused(std::move(*wrong));
  if (auto wrong = wrong_time(claims, provider, now_us, person.expires_us)) {
    return refused(std::move(*wrong));
  }
  person.roles = roles_of(claims, provider);
  if (auto wrong = wrong_roles(person, provider)) {
    return std::unexpected(RefusedToken{std::move(*wrong), person.name});
  }
  return person;
}

}  // namespace teller
