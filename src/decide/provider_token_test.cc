// Who a token says somebody is: each claim that is looked at, at its limits; and the persons file.
#include "decide/provider_token.h"

#include <map>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/token_signer.h"

namespace teller {
namespace {

constexpr std::int64_t now_s = 1'800'000'000;

constexpr std::string_view persons_toml = R"(teller = "persons/1"
[provider]
issuer = "https://login.example/realms/office"
audience = "teller"
roles_claim = "realm_access.roles"
hours_max = 2
[provider.roles]
"count-tabulation" = "tabulation"
"count-operator" = "operator"
"count-registrar" = "registrar"
"everybody" = "observer"
)";

const IdentityProvider& office() {
  static const IdentityProvider provider = *parse_persons(persons_toml, "here/persons.toml");
  return provider;
}

// The claims of a good token, with some of them replaced; "null" leaves one out.
std::string claims_with(std::map<std::string, std::string> other = {}) {
  std::map<std::string, std::string> all{
      {"iss", R"("https://login.example/realms/office")"},
      {"aud", R"("teller")"},
      {"sub", R"("8d1f-77")"},
      {"preferred_username", R"("a.huber")"},
      {"iat", std::to_string(now_s - 10)},
      {"exp", std::to_string(now_s + 290)},
      {"realm_access", R"({"roles":["offline_access","count-tabulation"]})"}};
  for (auto& [name, value] : other) all[name] = value;
  std::string text;
  for (const auto& [name, value] : all) {
    if (value != "null") text += fmt::format(R"({}"{}":{})", text.empty() ? "" : ",", name, value);
  }
  return "{" + text + "}";
}

struct Asked {
  std::string name, why, code;
  std::vector<OfficerRole> held;
};
Asked ask_with(std::map<std::string, std::string> other = {}) {
  static const TokenSigner signer("k", "EdDSA");
  static const JsonWebKeys keys = *JsonWebKeys::parse(key_set({signer.jwk()}));
  const auto person = person_of_token(signer.token(claims_with(std::move(other))), keys, office(),
                                      now_s * 1'000'000);
  if (person) return {person->name, "", "", person->roles};
  return {person.error().name,
          person.error().error.detail,
          std::string(std::string_view(person.error().error.code)),
          {}};
}

TEST(ProviderToken, APersonHasTheNameOfTheProviderAndTheRolesOfTheGroups) {
  const Asked good = ask_with();
  EXPECT_EQ(good.why, "");
  EXPECT_EQ(good.name, "8d1f-77 (a.huber)");
  EXPECT_EQ(good.held, std::vector{OfficerRole::tabulation});
  EXPECT_EQ(ask_with({{"preferred_username", "null"}}).name, "8d1f-77");
  EXPECT_EQ(ask_with({{"preferred_username", R"("a\nb")"}}).name, "8d1f-77");
  EXPECT_EQ(ask_with({{"aud", R"(["account","teller"])"}}).why, "");
  EXPECT_EQ(ask_with({{"typ", R"("Bearer")"}}).why, "");
  EXPECT_EQ(ask_with({{"realm_access", R"({"roles":"everybody"})"}}).held,
            std::vector{OfficerRole::observer});
  EXPECT_EQ(ask_with({{"realm_access",
                       R"({"roles":["everybody","count-operator","count-tabulation","x",7]})"}})
                .held,
            (std::vector{OfficerRole::operations, OfficerRole::tabulation, OfficerRole::observer}));
}

TEST(ProviderToken, WhatIsNotOfOurIssuerOrNotForUsIsRefused) {
  EXPECT_TRUE(ask_with({{"iss", R"("https://login.example/realms/office/")"}})
                  .why.contains("its issuer is"));
  EXPECT_TRUE(ask_with({{"iss", "null"}}).why.contains("its issuer is"));
  EXPECT_TRUE(ask_with({{"aud", R"("teller2")"}}).why.contains("for somebody else"));
  EXPECT_TRUE(ask_with({{"aud", R"(["a",{"x":"teller"},"b"])"}}).why.contains("for somebody else"));
  EXPECT_TRUE(ask_with({{"aud", "null"}}).why.contains("for somebody else"));
  EXPECT_TRUE(ask_with({{"typ", R"("ID")"}}).why.contains("of the kind \"ID\""));
  EXPECT_TRUE(ask_with({{"cnf", "{}"}}).why.contains("cnf"));
  // Its person is named all the same, for the audit log; who has no name at all is nobody.
  EXPECT_EQ(ask_with({{"aud", "null"}}).name, "8d1f-77 (a.huber)");
  for (const std::string sub : {"null", "7", R"("")", R"("a b")", R"("ä")"}) {
    const Asked nobody = ask_with({{"sub", sub}});
    EXPECT_TRUE(nobody.why.contains("sub") && nobody.name.empty()) << sub;
  }
  EXPECT_TRUE(ask_with({{"sub", '"' + std::string(129, 'a') + '"'}}).why.contains("sub"));
}

TEST(ProviderToken, ItIsGoodFromOneMinuteBeforeToOneMinuteAfter) {
  const auto at = [](std::int64_t seconds) { return std::to_string(now_s + seconds); };
  EXPECT_EQ(ask_with({{"exp", at(-59)}}).why, "");
  EXPECT_TRUE(ask_with({{"exp", at(-60)}}).why.contains("has expired at 2027-01-15T"));
  EXPECT_EQ(ask_with({{"iat", at(60)}}).why, "");
  EXPECT_TRUE(ask_with({{"iat", at(61)}}).why.contains("still to come"));
  EXPECT_EQ(ask_with({{"nbf", at(60)}}).why, "");
  EXPECT_TRUE(ask_with({{"nbf", at(61)}}).why.contains("good from"));
  EXPECT_TRUE(ask_with({{"nbf", R"("soon")"}}).why.contains("nbf"));
  EXPECT_EQ(ask_with({{"exp", at(290) + ".75"}}).why, "");
  for (const std::string never : {"null", "-1", "1e300", R"("1800000290")", "true"}) {
    EXPECT_TRUE(ask_with({{"exp", never}}).why.contains("iat, exp")) << never;
    EXPECT_TRUE(ask_with({{"iat", never}}).why.contains("iat, exp")) << never;
  }
  EXPECT_EQ(ask_with({{"iat", at(0)}, {"exp", at(7200)}}).why, "");
  EXPECT_TRUE(ask_with({{"iat", at(0)}, {"exp", at(7201)}}).why.contains("more than 2 hours"));
}

TEST(ProviderToken, NobodyHoldsNoRoleOrTwoThatAreKeptApart) {
  for (const std::string claim : {"null", "7", "[]", R"({"roles":["count"]})", R"({"roles":{}})"}) {
    const Asked none = ask_with({{"realm_access", claim}});
    EXPECT_EQ(none.code, "officer.no_role") << claim;
    EXPECT_EQ(none.name, "8d1f-77 (a.huber)");
  }
  const Asked both =
      ask_with({{"realm_access", R"({"roles":["count-tabulation","count-registrar"]})"}});
  EXPECT_EQ(both.code, "officer.separated");
  EXPECT_TRUE(both.why.contains("no hand in counting")) << both.why;
}

std::string fault_of(const std::string& from, const std::string& to) {
  std::string text(persons_toml);
  text.replace(text.find(from), from.size(), to);
  const auto read = parse_persons(text, "here/persons.toml");
  return read ? "" : read.error().detail;
}

TEST(PersonsFile, ItIsReadStrictlyAndFaultsAreNamedWithTheirLine) {
  EXPECT_EQ(office().roles_claim, (std::vector<std::string>{"realm_access", "roles"}));
  EXPECT_EQ(office().roles.size(), 4U);
  EXPECT_EQ(office().keys_again_s, 60);
  EXPECT_TRUE(fault_of("audience", "audiense").contains("persons.toml:4: "));
  EXPECT_TRUE(fault_of("persons/1", "persons/2").contains("must be \"persons/1\""));
  EXPECT_TRUE(fault_of("\"operator\"", "\"emperor\"").contains("no role"));
  for (const std::string issuer :
       {"http://login.example/realms/office", "ftp://login.example", "https://",
        "https://a@login.example", "https://login.example/?a=b", "http://localhost.example/"}) {
    EXPECT_TRUE(fault_of("https://login.example/realms/office", issuer).contains("issuer"))
        << issuer;
  }
  EXPECT_EQ(fault_of("https://login.example/realms/office", "http://127.0.0.1:81/a"), "");
  for (const std::string claim : {".a", "a.", "a..b", "a\\\"b", "\\\"a"}) {
    EXPECT_TRUE(fault_of("realm_access.roles", claim).contains("roles_claim")) << claim;
  }
}

TEST(PersonsFile, ANameOfAClaimMayHaveDotsInQuotes) {
  std::string text(persons_toml);
  text.replace(text.find("\"realm_access.roles\""), 20, R"('"https://a.b/c".roles')");
  text += "[more]\n";
  EXPECT_TRUE(parse_persons(text, "p")  // A table that is not known.
                  .error()
                  .detail.contains("more"));
  text.resize(text.size() - 7);
  EXPECT_EQ(parse_persons(text, "p")->roles_claim,
            (std::vector<std::string>{"https://a.b/c", "roles"}));
}

}  // namespace
}  // namespace teller
