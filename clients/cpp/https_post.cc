#include "clients/cpp/https_post.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::client {
namespace {

constexpr size_t kMaxBody = 1 << 16;
constexpr absl::Duration kLongestRetryAfter = absl::Hours(24);

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// libcurl wants to be set up once, before its first use.
bool IsReady() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  return ready == CURLE_OK;
}

// Called by libcurl: a return value other than `count` ends the transfer.
size_t AppendTo(char* bytes, size_t /*size*/, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + count > kMaxBody) return 0;
  text.append(bytes, count);
  return count;
}

// Lends `text` to libcurl for as long as the transfer takes.
curl_blob BlobOf(absl::string_view text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};  // libcurl does not write to it
}

void SetTrust(CURL* curl, const HttpsTrust& trust) {
  if (!trust.ca_certificate.empty()) {
    const curl_blob ca = BlobOf(trust.ca_certificate);
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &ca);
    // Otherwise the system's authorities are trusted, too.
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  if (trust.client_certificate.empty()) return;
  const curl_blob certificate = BlobOf(trust.client_certificate);
  const curl_blob key = BlobOf(trust.client_key.Expose());
  curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &certificate);
  curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &key);
}

Secret BodyOf(const HttpsRequest& request) {
  std::string body;
  size_t size = 0;
  for (const auto& [name, value] : request.form) size += 3 * (name.size() + value.Expose().size()) + 2;
  // A buffer that grows would leave copies behind.
  body.reserve(size);
  for (const auto& [name, value] : request.form) {
    const Secret encoded(FormEncoded(value.Expose()));
    absl::StrAppend(&body, body.empty() ? "" : "&", FormEncoded(name), "=", encoded.Expose());
  }
  return Secret(std::move(body));
}

absl::Status ErrorOf(CURLcode code, absl::string_view detail, const std::string& url) {
  const absl::string_view reason = detail.empty() ? curl_easy_strerror(code) : absl::StripAsciiWhitespace(detail);
  const std::string message = absl::StrCat(url, ": ", reason);
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return absl::InvalidArgumentError(message);
    case CURLE_WRITE_ERROR:
      return absl::UnavailableError(absl::StrCat(url, ": the answer is larger than 64 KiB"));
    default:
      return absl::UnavailableError(message);
  }
}

}  // namespace

std::string FormEncoded(absl::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(3 * text.size());
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains("-._~", c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return encoded;
}

absl::StatusOr<HttpsReply> PostForm(const HttpsRequest& request, const HttpsTrust& trust) {
  if (!absl::StartsWith(request.url, "https://")) return absl::InvalidArgumentError(absl::StrCat(request.url, " is no https URL"));
  const Curl curl(IsReady() ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (curl == nullptr) return Defect("libcurl cannot be set up");

  Headers headers(curl_slist_append(nullptr, "Accept: application/json"), curl_slist_free_all);
  if (!request.authorization.empty()) {
    const Secret line(absl::StrCat("Authorization: ", request.authorization.Expose()));
    // What a Secret exposes ends with a zero byte, as it is a std::string.
    headers.reset(curl_slist_append(headers.release(), line.Expose().data()));
  }
  const Secret body = BodyOf(request);
  HttpsReply reply;
  char detail[CURL_ERROR_SIZE] = "";
  CURL* const handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
  // Servers listen on loopback addresses too, which no proxy named in the environment can reach.
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(request.timeout)));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.Expose().size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.Expose().data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, AppendTo);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
  SetTrust(handle, trust);
  if (const CURLcode code = curl_easy_perform(handle); code != CURLE_OK) return ErrorOf(code, detail, request.url);

  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  reply.retry_after = std::clamp(absl::Seconds(retry_after), absl::ZeroDuration(), kLongestRetryAfter);
  return reply;
}

}  // namespace signet::client
