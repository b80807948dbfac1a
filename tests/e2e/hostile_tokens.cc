#include "tests/e2e/hostile_tokens.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "gtest/gtest.h"
#include "hsm/algorithm.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "nlohmann/json.hpp"

namespace signet::testing {
namespace {

using List = std::vector<NamedToken>;

std::string Quoted(const std::string& text) { return nlohmann::json(text).dump(); }

std::string Repeat(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string Hmac(const std::string& secret, const std::string& text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &size);
  return std::string(reinterpret_cast<const char*>(mac), size);
}

std::string JwkText(const hsm::PublicKey& key) { return nlohmann::json(key.jwk_members()).dump(); }

// The signature of `token` in place of its own.
std::string Resigned(const std::string& token, const std::string& signature) {
  return absl::StrCat(token.substr(0, token.rfind('.') + 1), Base64UrlEncode(signature));
}

void AddAlgorithms(const TokenMould& mould, const TextSigner& ec, const TextSigner& rsa, List& list) {
  for (const char* none : {"none", "None", "NONE", "nOnE"}) {
    const std::string token = mould.WithHeader(With(mould.header, "alg", Quoted(none)));
    list.push_back({absl::StrCat("alg ", none, ", signed"), token});
    list.push_back({absl::StrCat("alg ", none, ", not signed"), Resigned(token, "")});
  }
  const hsm::PublicKey& key = mould.signer.public_key();
  const std::string hmac = mould.WithHeader(With(mould.header, "alg", R"("HS256")"));
  for (const std::string& secret : {key.ToPem(), key.spki_der(), JwkText(key), std::string()}) {
    list.push_back({"HS256 with the public key as secret", Resigned(hmac, Hmac(secret, hmac.substr(0, hmac.rfind('.'))))});
  }
  for (const char* alg : {R"("RS256")", R"("PS256")", R"("ES384")", R"("ES512")", R"("EdDSA")", R"("es256")", R"("")", "null", "1",
                          R"(["ES256"])", "{}"}) {
    list.push_back({absl::StrCat("alg ", alg), mould.WithHeader(With(mould.header, "alg", alg))});
  }
  list.push_back({"no alg", mould.WithHeader(Without(mould.header, "alg"))});
  list.push_back({"ES256, an RSA key's signature", mould.SignedBy(rsa, mould.header)});
  list.push_back({"RS256, an RSA key's signature", mould.SignedBy(rsa, With(mould.header, "alg", R"("RS256")"))});
  list.push_back({"another key's signature", mould.SignedBy(ec, mould.header)});
}

void AddSignatures(const TokenMould& mould, List& list) {
  const std::string token = mould.Token();
  const std::string good = Base64UrlDecode(token.substr(token.rfind('.') + 1)).value();
  std::string turned = good;
  turned[40] = static_cast<char>(turned[40] ^ 1);
  const std::string der = hsm::RawToDerSignature(hsm::Algorithm::kEs256, good).value();
  const List signatures = {{"no signature", ""},
                           {"a signature of zeros", std::string(64, '\0')},
                           {"a signature of ones", std::string(64, '\xff')},
                           {"a signature with a bit turned", turned},
                           {"a signature cut short", good.substr(0, 63)},
                           {"a signature with a byte more", good + '\0'},
                           {"a signature twice", good + good},
                           {"a signature in DER", der},
                           {"a signature of 8 KiB", std::string(8192, 'x')}};
  for (const auto& [name, signature] : signatures) list.push_back({name, Resigned(token, signature)});
}

// Keys and where to find them, that the token brings along.
void AddKeyReferences(const TokenMould& mould, const TextSigner& ec, List& list) {
  const std::string jwk = JwkText(ec.public_key());
  const JsonMembers references = {{"jku", R"("https://attacker.invalid/jwks.json")"},
                                  {"jku", R"("file:///etc/passwd")"},
                                  {"x5u", R"("https://attacker.invalid/chain.pem")"},
                                  {"x5u", R"("http://169.254.169.254/latest/meta-data")"},
                                  {"jwk", jwk},
                                  {"x5c", absl::StrCat("[\"", Base64UrlEncode(ec.public_key().spki_der()), "\"]")},
                                  {"x5t#S256", Quoted(ec.public_key().thumbprint())},
                                  {"jwks", absl::StrCat("{\"keys\":[", jwk, "]}")}};
  for (const auto& [name, value] : references) {
    const JsonMembers header = With(mould.header, name, value);
    list.push_back({absl::StrCat(name, " ", value.substr(0, 30)), mould.SignedBy(ec, header)});
    list.push_back({absl::StrCat(name, " ", value.substr(0, 30), ", its own kid"),
                    mould.SignedBy(ec, With(header, "kid", Quoted(ec.public_key().thumbprint())))});
    list.push_back({absl::StrCat(name, " ", value.substr(0, 30), ", no kid"), mould.SignedBy(ec, Without(header, "kid"))});
  }
  const std::vector<std::string> kids = {R"("../../../../dev/null")",
                                         R"("/etc/passwd")",
                                         R"("' OR '1'='1")",
                                         R"("x'; DROP TABLE keys; --")",
                                         R"("\u0000")",
                                         Quoted(std::string(10240, 'k')),
                                         R"("")",
                                         "1",
                                         "null",
                                         "[]",
                                         R"({"$ne":null})",
                                         R"("%00")",
                                         R"("`id`")",
                                         R"("\ud83d\ude00")",
                                         R"("*")"};
  for (const std::string& kid : kids) {
    const JsonMembers header = With(mould.header, "kid", kid);
    list.push_back({absl::StrCat("kid ", kid.substr(0, 30)), mould.WithHeader(header)});
    list.push_back({absl::StrCat("kid ", kid.substr(0, 30), ", another's"), mould.SignedBy(ec, header)});
  }
  for (const auto& [name, value] : JsonMembers{{"crit", R"(["exp"])"}, {"crit", "[]"}, {"b64", "false"}, {"b64", "true"}}) {
    list.push_back({absl::StrCat(name, " ", value), mould.WithHeader(With(mould.header, name, value))});
  }
}

// JSON that is none, or that two readers could read in two ways.
void AddJson(const TokenMould& mould, List& list) {
  const std::string header = ToJson(mould.header), claims = ToJson(mould.claims);
  const auto add = [&](const std::string& name, const std::string& header_text, const std::string& claims_text) {
    list.push_back({name, mould.WithText(header_text, claims_text)});
  };
  for (const int levels : {2000, 10000}) {
    const std::string arrays = absl::StrCat(Repeat("[", levels), Repeat("]", levels));
    const std::string objects = absl::StrCat(Repeat("{\"a\":", levels), "1", Repeat("}", levels));
    add(absl::StrCat("a header of ", levels, " arrays"), ToJson(With(mould.header, "x", arrays)), claims);
    add(absl::StrCat("a header of ", levels, " objects"), ToJson(With(mould.header, "x", objects)), claims);
    add(absl::StrCat("claims of ", levels, " arrays"), header, ToJson(With(mould.claims, "x", arrays)));
    add(absl::StrCat("claims of ", levels, " objects"), header, ToJson(With(mould.claims, "x", objects)));
    add(absl::StrCat("arrays that never end, ", levels), header, Repeat("[", levels));
    add(absl::StrCat("a header that never ends, ", levels), Repeat("{\"a\":", levels), claims);
  }
  for (const char* name : {"alg", "kid"}) {
    for (const char* value : {R"("none")", R"("ES256")"}) {
      JsonMembers twice = mould.header;
      twice.emplace_back(name, value);
      add(absl::StrCat("header with ", name, " twice"), ToJson(twice), claims);
    }
  }
  for (const char* name : {"iss", "aud", "exp", "jti", "sub", "\\u0065xp", "a\":1,\"a"}) {
    JsonMembers twice = mould.claims;
    twice.emplace_back(name, "9999999999");
    add(absl::StrCat("claims with ", name, " twice"), header, ToJson(twice));
  }
  const std::vector<std::string> texts = {
      "",     "null", "[]",    "\"\"", "1",   "{",      "{}x",          "not JSON", std::string("\0", 1), "\xef\xbb\xbf" + claims,
      "{}{}", "{,}",  "{a:1}", "\xff", "NaN", "/**/{}", claims + claims};
  for (const std::string& text : texts) {
    add(absl::StrCat("claims ", text.substr(0, 10)), header, text);
    add(absl::StrCat("header ", text.substr(0, 10)), text, claims);
  }
  for (const char* value : {"NaN", "Infinity", "'a'", "\"\xff\"", "\"\\ud800\"", "\"\n\"", "01", "1e999", "0x1", "tru", ""}) {
    add(absl::StrCat("claims with ", value), header, ToJson(With(mould.claims, "x", value)));
    add(absl::StrCat("header with ", value), ToJson(With(mould.header, "x", value)), claims);
  }
  for (const size_t size : {12 * 1024, 16 * 1024, 48 * 1024}) {
    add(absl::StrCat("claims of ", size), header, ToJson(With(mould.claims, "x", Quoted(std::string(size, 'x')))));
    add(absl::StrCat("a header of ", size), ToJson(With(mould.header, "x", Quoted(std::string(size, 'x')))), claims);
  }
}

void AddSerialisations(const TokenMould& mould, List& list) {
  const std::string token = mould.Token();
  const size_t first = token.find('.'), second = token.rfind('.');
  const auto insert = [&](size_t at, const std::string& text) { return absl::StrCat(token.substr(0, at), text, token.substr(at)); };
  for (const char* text : {"=", "==", " ", "\t", "\r\n", "+", "/", "%", "%2e", "~", "\x80", "*"}) {
    for (const size_t at : {first, second, first + 3})
      list.push_back({absl::StrCat(Quoted(std::string(text) == "\x80" ? "0x80" : text), " inside"), insert(at, text)});
    if (absl::string_view(text) != " " && absl::string_view(text) != "\t") {
      list.push_back({"text at the end", token + text});
    }
  }
  // 64 bytes are 86 characters, the last of which has four bits too many.
  for (const int bit : {1, 2, 4, 8}) {
    constexpr absl::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string other = token;
    other.back() = kLetters[kLetters.find(other.back()) ^ static_cast<size_t>(bit)];
    list.push_back({"a last character that is not canonical", other});
  }
  const std::string header = token.substr(0, first), claims = token.substr(first + 1, second - first - 1);
  for (const std::string& text :
       {std::string(),
        std::string("."),
        std::string(".."),
        std::string("..."),
        std::string("...."),
        std::string("a.b.c"),
        std::string("x"),
        header,
        absl::StrCat(header, "."),
        absl::StrCat(header, ".", claims),
        absl::StrCat(header, "..", token.substr(second + 1)),
        token + ".",
        token + ".x",
        "." + token,
        token + token,
        absl::StrCat(token, ".", token),
        absl::StrCat(header, ".", token),
        absl::StrCat(token, ",", token),
        Repeat(".", 8000),
        Repeat("a", 8000),
        Repeat("A.", 4000),
        absl::StrCat("{\"payload\":\"", claims, "\",\"protected\":\"", header, "\",\"signature\":\"", token.substr(second + 1),
                     "\"}"),
        std::string("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..refa467QzzKx6QAB.JW_i_f52hww.vbb32Xvllea2OtmHAdccRQ")}) {
    list.push_back({absl::StrCat("serialised as ", text.substr(0, 20)), text});
  }
}

}  // namespace

std::string TextSigner::Sign(const std::string& text) const {
  const hsm::Hash hash = hsm::GetAlgorithmInfo(spec_.algorithm).hash;
  const auto signature = signer_.Sign(spec_, hsm::ComputeDigest(hash, text));
  EXPECT_TRUE(signature.ok()) << signature.status();
  return signature.value_or("");
}

JsonMembers ReadMembers(const std::string& json) {
  JsonMembers members;
  const auto object = nlohmann::ordered_json::parse(json, nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(object.is_object()) << json;
  for (const auto& [name, value] : object.items()) members.emplace_back(name, value.dump());
  return members;
}

JsonMembers With(JsonMembers members, const std::string& name, const std::string& value) {
  for (auto& member : members) {
    if (member.first != name) continue;
    member.second = value;
    return members;
  }
  members.emplace_back(name, value);
  return members;
}

std::string Get(const JsonMembers& members, const std::string& name) {
  for (const auto& [present, value] : members) {
    if (present == name) return value;
  }
  ADD_FAILURE() << "no member " << name;
  return "null";
}

JsonMembers Without(JsonMembers members, const std::string& name) {
  std::erase_if(members, [&](const auto& member) { return member.first == name; });
  return members;
}

std::string ToJson(const JsonMembers& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) absl::StrAppend(&json, json.size() > 1 ? "," : "", "\"", name, "\":", value);
  return json + "}";
}

std::string TokenMould::WithText(const std::string& header_text, const std::string& claims_text) const {
  const std::string input = absl::StrCat(Base64UrlEncode(header_text), ".", Base64UrlEncode(claims_text));
  return absl::StrCat(input, ".", Base64UrlEncode(signer.Sign(input)));
}

std::string TokenMould::SignedBy(const TextSigner& other, const JsonMembers& other_header) const {
  return TokenMould{other_header, claims, other}.Token();
}

std::vector<NamedToken> HostileTokens(const TokenMould& mould, const TextSigner& attacker_ec, const TextSigner& attacker_rsa) {
  List list;
  AddAlgorithms(mould, attacker_ec, attacker_rsa, list);
  AddSignatures(mould, list);
  AddKeyReferences(mould, attacker_ec, list);
  AddJson(mould, list);
  AddSerialisations(mould, list);
  const List claims = HostileClaims(mould);
  list.insert(list.end(), claims.begin(), claims.end());
  return list;
}

std::vector<NamedToken> HostileClaims(const TokenMould& mould) {
  List list;
  const auto add = [&](const std::string& name, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      list.push_back({absl::StrCat(name, " ", value), mould.WithClaims(With(mould.claims, name, value))});
    }
  };
  add("iss", {R"("https://attacker.invalid")", R"("")", "1", "null", "[]", R"(["a"])"});
  add("exp", {"-1", "0", "1", "1e400", "-1e400", "1e300", "-1e300", "253402300800", "99999999999999999999999", R"("9999999999")",
              "null", "true", "[]", "{}"});
  add("nbf", {"9999999999", "1e300", "1e400", R"("0")", "[]"});
  add("iat", {"9999999999", "1e300", R"("0")", "[]"});
  add("aud", {R"("https://attacker.invalid")", R"(["https://attacker.invalid"])", R"("")", "[]", "{}", "1", "[1]"});
  add("jti", {"1", R"("")", "[]"});
  add("sub", {"1", R"("")", R"("somebody")", "[]"});
  for (const char* name : {"iss", "exp", "aud", "jti", "sub"}) {
    list.push_back({absl::StrCat("no ", name), mould.WithClaims(Without(mould.claims, name))});
  }
  return list;
}

}  // namespace signet::testing
