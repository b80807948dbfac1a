#include "server/http/openapi.h"

namespace signet::http {
namespace {

constexpr char kDocument[] =
#include "server/http/openapi_text.inc"
    ;

}  // namespace

absl::string_view OpenApiDocument() { return kDocument; }

}  // namespace signet::http
