#include "server/http/federation_metadata.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "keystore/ids.h"
#include "keystore/records.h"

namespace signet::http {
namespace {

constexpr absl::string_view kRings[] = {"saml", "access-token"};

std::string XmlEscape(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&apos;"}});
}

// The order in which verifiers are to try keys; some look at the first alone.
int RankOf(const core::PublishedKey& key) {
  if (key.state == keystore::KeyState::kEnabled) return 0;
  return key.enable_time ? 2 : 1;
}

std::vector<std::shared_ptr<const core::PublishedKey>> KeysOf(const core::TenantSnapshot& tenant) {
  std::vector<std::shared_ptr<const core::PublishedKey>> keys;
  for (const absl::string_view id : kRings) {
    const keystore::RingId ring{std::string(id)};
    if (!tenant.rings.contains(ring)) continue;
    for (const auto& key : tenant.published) {
      // XML Signature has no Ed25519 that libraries know.
      const bool usable = hsm::GetAlgorithmInfo(key->algorithm()).hash != hsm::Hash::kNone && !key->certificate_chain.empty();
      if (usable && key->name.ring.ring == ring) keys.push_back(key);
    }
    break;
  }
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    if (RankOf(*a) != RankOf(*b)) return RankOf(*a) < RankOf(*b);
    return a->create_revision > b->create_revision;
  });
  return keys;
}

absl::StatusOr<std::string> KeyDescriptors(const core::TenantSnapshot& tenant) {
  std::string xml;
  for (const auto& key : KeysOf(tenant)) {
    absl::StrAppend(&xml,
                    "    <KeyDescriptor use=\"signing\">\n"
                    "      <KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>",
                    absl::Base64Escape(key->certificate_chain.front()),
                    "</X509Certificate></X509Data></KeyInfo>\n"
                    "    </KeyDescriptor>\n");
  }
  if (!xml.empty()) return xml;
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound,
               "the tenant has no key with a certificate for XML signatures in its ring saml, or access-token without one");
}

std::string EntityId(const core::TenantSnapshot& tenant) {
  absl::string_view host = tenant.issuer;
  absl::ConsumeSuffix(&host, "/");
  const bool https = absl::ConsumePrefix(&host, "https://");
  if (!https || host.empty() || host.find_first_of("/?#") != absl::string_view::npos) return XmlEscape(tenant.issuer);
  return XmlEscape(absl::StrCat("urn:", host));
}

// Where the login service has `protocol`.
std::string Endpoint(const FederationSource& source, absl::string_view protocol) {
  const absl::string_view issuer = absl::StripSuffix(source.tenant.issuer, "/");
  return XmlEscape(absl::StrCat(issuer, "/", protocol, source.client.empty() ? "" : "/", source.client));
}

std::string Opening(const FederationSource& source) {
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"",
      EntityId(source.tenant), "\" cacheDuration=\"PT", absl::ToInt64Seconds(source.max_age), "S\">\n");
}

}  // namespace

bool IsClientSegment(absl::string_view client) {
  const auto is_allowed = [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::string_view("-._~@:").find(static_cast<char>(c)) != absl::string_view::npos;
  };
  return !client.empty() && client.size() <= 128 && std::all_of(client.begin(), client.end(), is_allowed);
}

absl::StatusOr<std::string> SamlMetadata(const FederationSource& source) {
  SIGNET_ASSIGN_OR_RETURN(const std::string keys, KeyDescriptors(source.tenant));
  const std::string endpoint = Endpoint(source, "samlp");
  std::string xml = absl::StrCat(
      Opening(source), "  <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n", keys);
  // In the order of the schema: formats, then endpoints.
  for (const absl::string_view format :
       {"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"}) {
    absl::StrAppend(&xml, "    <NameIDFormat>", format, "</NameIDFormat>\n");
  }
  for (const absl::string_view binding : {"HTTP-Redirect", "HTTP-POST"}) {
    absl::StrAppend(&xml, "    <SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:", binding, "\" Location=\"",
                    endpoint, "\"/>\n");
  }
  absl::StrAppend(&xml, "  </IDPSSODescriptor>\n</EntityDescriptor>\n");
  return xml;
}

absl::StatusOr<std::string> WsFederationMetadata(const FederationSource& source) {
  SIGNET_ASSIGN_OR_RETURN(const std::string keys, KeyDescriptors(source.tenant));
  const std::string address = absl::StrCat("<EndpointReference xmlns=\"http://www.w3.org/2005/08/addressing\"><Address>",
                                           Endpoint(source, "wsfed"), "</Address></EndpointReference>");
  return absl::StrCat(Opening(source),
                      "  <RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                      " xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\" xsi:type=\"fed:SecurityTokenServiceType\""
                      " protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\">\n",
                      keys,
                      "    <fed:TokenTypesOffered><fed:TokenType Uri=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>"
                      "<fed:TokenType Uri=\"urn:oasis:names:tc:SAML:1.0:assertion\"/></fed:TokenTypesOffered>\n"
                      "    <fed:SecurityTokenServiceEndpoint>",
                      address, "</fed:SecurityTokenServiceEndpoint>\n    <fed:PassiveRequestorEndpoint>", address,
                      "</fed:PassiveRequestorEndpoint>\n  </RoleDescriptor>\n</EntityDescriptor>\n");
}

}  // namespace signet::http
