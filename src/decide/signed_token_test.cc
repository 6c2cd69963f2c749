// That a token is taken if its provider's key signed it, and in no other case: by the vectors of
// Wycheproof (tests/suites/wycheproof), and by changing each bit of good ones.
#include "decide/signed_token.h"

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/token_signer.h"

namespace teller {
namespace {

using SuiteJson = nlohmann::json;

SuiteJson groups_of(const std::string& name) {
  std::ifstream in(TELLER_SOURCE_DIR "/tests/suites/wycheproof/" + name);
  return SuiteJson::parse(in)["testGroups"];
}

JsonWebKeys keys_of(const std::string& text) {
  auto keys = JsonWebKeys::parse(text);
  EXPECT_TRUE(keys) << keys.error().detail;
  return keys ? *keys : JsonWebKeys();
}

std::string header_algorithm(const std::string& token) {
  const auto header = from_base64url(token.substr(0, token.find('.')));
  const auto json = header ? SuiteJson::parse(as_text(*header), nullptr, false) : SuiteJson();
  return json.is_object() ? json.value("alg", "") : "";
}

TEST(SignedToken, WycheproofsSignaturesAreTakenWhereTheyAreGoodAndOfOurAlgorithms) {
  std::map<std::string, int> taken, refused;
  for (const SuiteJson& group : groups_of("json_web_signature_test.json")) {
    // A secret that two share is given to us as if the provider had published it.
    const SuiteJson& key = group.contains("public") ? group["public"] : group["private"];
    const JsonWebKeys keys = keys_of(SuiteJson{{"keys", {key}}}.dump());
    for (const SuiteJson& test : group["tests"]) {
      const std::string token = test["jws"], algorithm = header_algorithm(token);
      const bool is_ours = token_algorithm_named(algorithm).has_value();
      const auto opened = open_signed_token(token, keys);
      EXPECT_EQ(opened.has_value(), is_ours && test["result"] == "valid")
          << test["tcId"] << " " << test["comment"] << ": "
          << (opened ? "" : opened.error().detail);
      ++(opened ? taken : refused)[algorithm];
    }
  }
  EXPECT_EQ(taken, (std::map<std::string, int>{{"ES256", 2}, {"RS256", 8}}));
  EXPECT_GT(refused["HS256"], 20);
  EXPECT_GT(refused["RS256"], 200);
}

TEST(SignedToken, WycheproofsKeysAreTakenOnlyForWhatTheyAreFor) {
  int taken = 0;
  for (const SuiteJson& group : groups_of("json_web_key_test.json")) {
    const SuiteJson& set = group.contains("public") ? group["public"] : group["private"];
    const JsonWebKeys keys = keys_of(set.dump());
    for (const SuiteJson& test : group["tests"]) {
      const std::string token = test["jws"];
      const bool is_ours = token_algorithm_named(header_algorithm(token)).has_value();
      const auto opened = open_signed_token(token, keys);
      EXPECT_EQ(opened.has_value(), is_ours && test["result"] == "valid")
          << test["tcId"] << " " << test["comment"];
      taken += opened ? 1 : 0;
    }
  }
  EXPECT_EQ(taken, 1);
}

class SignedTokenBy : public testing::TestWithParam<std::string> {};

TEST_P(SignedTokenBy, ATokenWithOneBitChangedIsRefusedWhereverTheBitIs) {
  const TokenSigner signer("k", GetParam());
  const JsonWebKeys keys = keys_of(key_set({signer.jwk()}));
  std::string token = signer.token(R"({"sub":"a"})");
  ASSERT_TRUE(open_signed_token(token, keys));
  EXPECT_EQ(*open_signed_token(token, keys), R"({"sub":"a"})");
  for (std::size_t bit = 0; bit < 8 * token.size(); ++bit) {
    const auto by = static_cast<char>(1U << bit % 8);
    token[bit / 8] = static_cast<char>(token[bit / 8] ^ by);
    EXPECT_FALSE(open_signed_token(token, keys)) << "bit " << bit;
    token[bit / 8] = static_cast<char>(token[bit / 8] ^ by);
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(open_signed_token(std::string_view(token).substr(0, size), keys));
  }
  EXPECT_FALSE(open_signed_token(token + "A", keys));
  EXPECT_FALSE(open_signed_token(token + "=", keys));
}

INSTANTIATE_TEST_SUITE_P(Each, SignedTokenBy, testing::Values("ES256", "EdDSA", "RS256"));

std::string why_refused(const std::string& token, const JsonWebKeys& keys) {
  const auto opened = open_signed_token(token, keys);
  if (opened) return "";
  // What was sent is not said again.
  for (std::size_t at = 0; at + 12 <= token.size(); ++at) {
    EXPECT_FALSE(opened.error().detail.contains(token.substr(at, 12))) << opened.error().detail;
  }
  return opened.error().detail;
}

TEST(SignedToken, AnotherAlgorithmIsRefusedByItsName) {
  const TokenSigner ec("ec", "ES256"), ed("ed", "EdDSA");
  const JsonWebKeys keys = keys_of(key_set({ec.jwk(), ed.jwk()}));
  for (const std::string name : {"none", "None", "HS256", "HS512", "ES384", "PS256", "RSA-OAEP"}) {
    const std::string why =
        why_refused(ec.token_of(R"({"alg":")" + name + R"(","kid":"ec"})", "{}"), keys);
    EXPECT_TRUE(why.contains('"' + name + '"') && why.contains("ES256, EdDSA and RS256")) << why;
  }
  // A key of one type, and a token that says another.
  EXPECT_EQ(why_refused(ec.token_of(R"({"alg":"RS256","kid":"ec"})", "{}"), keys),
            "it says RS256, and the key \"ec\" is for ES256");
  EXPECT_EQ(why_refused(ed.token_of(R"({"alg":"ES256","kid":"ed"})", "{}"), keys),
            "it says ES256, and the key \"ed\" is for EdDSA");
  EXPECT_EQ(why_refused(ed.token_of(R"({"alg":"EdDSA"})", "{}"), keys), "it names no key (kid)");
}

TEST(SignedToken, WhatItsHeaderBringsAlongOrDemandsIsNotFollowed) {
  const TokenSigner ours("k", "ES256"), theirs("k", "ES256");
  const JsonWebKeys keys = keys_of(key_set({ours.jwk()}));
  const auto with = [](const std::string& more) {
    return R"({"alg":"ES256","kid":"k",)" + more + "}";
  };
  EXPECT_EQ(why_refused(theirs.token_of(with("\"jwk\":" + theirs.jwk()), "{}"), keys),
            "its signature is not good");
  EXPECT_TRUE(
      open_signed_token(ours.token_of(with(R"("jku":"https://evil.example/")"), "{}"), keys));
  EXPECT_TRUE(why_refused(ours.token_of(with(R"("crit":["b64"],"b64":false)"), "{}"), keys)
                  .contains("crit"));
  EXPECT_TRUE(why_refused(ours.token_of(with(R"("typ":"dpop+jwt")"), "{}"), keys).contains("dpop"));
  EXPECT_TRUE(open_signed_token(ours.token_of(with(R"("typ":"at+JWT")"), "{}"), keys));
  EXPECT_TRUE(why_refused(ours.token_of(with(R"("alg":"none")"), "{}"), keys).contains("header"));
}

TEST(SignedToken, AKeyThatIsNotThereMayComeAndOneThatIsLeftOutSaysWhy) {
  const TokenSigner good("good", "ES256"), weak("weak", "RS256", 1024), other("other", "EdDSA");
  const JsonWebKeys keys =
      keys_of(key_set({good.jwk(), weak.jwk(), other.jwk(R"(,"use":"enc")"), "7", "{}"}));
  EXPECT_EQ(keys.all().size(), 1U);
  const TokenSigner newer("newer", "ES256");
  EXPECT_EQ(open_signed_token(newer.token("{}"), keys).error().code,
            Code("officer.token_key_unknown"));
  EXPECT_TRUE(why_refused(weak.token("{}"), keys).contains("1024 bits"));
  EXPECT_TRUE(why_refused(other.token("{}"), keys).contains("not for signatures"));
  // Two of one name: nobody can say which is meant.
  const JsonWebKeys twice = keys_of(key_set({good.jwk(), TokenSigner("good", "EdDSA").jwk()}));
  EXPECT_TRUE(why_refused(good.token("{}"), twice).contains("several keys"));
  EXPECT_TRUE(
      keys_of(key_set({good.jwk(R"(,"d":"AAAA")")})).why_left_out("good").contains("private"));
}

TEST(SignedToken, WhatIsNoSetOfKeysIsRefused) {
  for (const std::string text : {"", "[]", "{}", R"({"keys":7})", R"({"keys":[],"keys":[]})"}) {
    EXPECT_FALSE(JsonWebKeys::parse(text)) << text;
  }
  EXPECT_FALSE(JsonWebKeys::parse(R"({"keys":)" + std::string(20'000, '[')));
  std::vector<std::string> many(JsonWebKeys::keys_max + 1, "{}");
  EXPECT_FALSE(JsonWebKeys::parse(key_set(many)));
  EXPECT_FALSE(JsonWebKeys::parse(std::string(JsonWebKeys::bytes_max + 1, ' ')));
}

}  // namespace
}  // namespace teller
