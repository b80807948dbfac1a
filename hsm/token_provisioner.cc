#include "hsm/token_provisioner.h"

#include <libp11.h>
#include <openssl/err.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {
namespace {

constexpr size_t kLabelSize = 32;

// Turns the failure that libp11 left in OpenSSL's queue of errors into a status, and clears the queue.
absl::Status LastFailure(absl::string_view call) {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const bool is_from_token = error != 0 && ERR_GET_LIB(error) == ERR_get_CKR_code();
  return CryptokiStatus(call, is_from_token ? static_cast<CK_RV>(ERR_GET_REASON(error)) : CKR_FUNCTION_FAILED);
}

// Secrets are handed to libp11 as C strings, and wiped here.
class PinText {
 public:
  explicit PinText(const Secret& pin) : text_(pin.Expose()) {}
  ~PinText() { explicit_bzero(text_.data(), text_.size()); }
  const char* c_str() const { return text_.c_str(); }

 private:
  std::string text_;
};

std::string Text(const char* text) { return text == nullptr ? "" : std::string(absl::StripTrailingAsciiWhitespace(text)); }

absl::Status CheckLabel(absl::string_view label) {
  if (!label.empty() && label.size() <= kLabelSize && Text(std::string(label).c_str()) == label) return absl::OkStatus();
  return InvalidField("label", absl::StrCat("a token's label has 1 to ", kLabelSize, " bytes and does not end in a blank"));
}

// Slots are the slots of a module at one moment.
class Slots {
 public:
  static absl::StatusOr<Slots> Enumerate(PKCS11_CTX* context) {
    Slots slots(context);
    if (PKCS11_enumerate_slots(context, &slots.slots_, &slots.count_) != 0) return LastFailure("C_GetSlotList");
    return slots;
  }
  ~Slots() {
    if (slots_ != nullptr) PKCS11_release_all_slots(context_, slots_, count_);
  }
  Slots(Slots&& other) noexcept
      : context_(other.context_), slots_(std::exchange(other.slots_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Slots& operator=(Slots&&) = delete;

  PKCS11_SLOT* begin() { return slots_; }
  PKCS11_SLOT* end() { return slots_ + count_; }

  // The initialised token with this label; null if there is none.
  PKCS11_SLOT* Find(absl::string_view label) {
    for (PKCS11_SLOT& slot : *this) {
      if (slot.token != nullptr && slot.token->initialized && Text(slot.token->label) == label) return &slot;
    }
    return nullptr;
  }

 private:
  explicit Slots(PKCS11_CTX* context) : context_(context) {}

  PKCS11_CTX* context_;
  PKCS11_SLOT* slots_ = nullptr;
  unsigned count_ = 0;
};

class Libp11Provisioner : public TokenProvisioner {
 public:
  struct Unload {
    void operator()(PKCS11_CTX* context) const {
      PKCS11_CTX_unload(context);
      PKCS11_CTX_free(context);
    }
  };
  using Context = std::unique_ptr<PKCS11_CTX, Unload>;

  explicit Libp11Provisioner(Context context) : context_(std::move(context)) {}

  absl::StatusOr<std::vector<TokenInfo>> ListTokens() override;
  absl::Status InitializeToken(absl::string_view label, const Secret& so_pin, const Secret& user_pin) override;
  absl::StatusOr<std::vector<std::string>> ListPrivateKeyLabels(absl::string_view token_label, const Secret& user_pin) override;

 private:
  absl::Status SetUserPin(absl::string_view label, const PinText& so_pin, const PinText& user_pin);

  const Context context_;
};

absl::StatusOr<std::vector<TokenInfo>> Libp11Provisioner::ListTokens() {
  SIGNET_ASSIGN_OR_RETURN(Slots slots, Slots::Enumerate(context_.get()));
  std::vector<TokenInfo> tokens;
  for (const PKCS11_SLOT& slot : slots) {
    if (slot.token == nullptr) continue;
    tokens.push_back({.label = Text(slot.token->label),
                      .manufacturer = Text(slot.token->manufacturer),
                      .model = Text(slot.token->model),
                      .serial_number = Text(slot.token->serialnr),
                      .initialized = slot.token->initialized != 0,
                      .user_pin_set = slot.token->userPinSet != 0});
  }
  return tokens;
}

absl::Status Libp11Provisioner::InitializeToken(absl::string_view label, const Secret& so_pin, const Secret& user_pin) {
  SIGNET_RETURN_IF_ERROR(CheckLabel(label));
  const PinText so_text(so_pin);
  const PinText user_text(user_pin);
  {
    SIGNET_ASSIGN_OR_RETURN(Slots slots, Slots::Enumerate(context_.get()));
    if (slots.Find(label) != nullptr) {
      return Error(absl::StatusCode::kAlreadyExists, reason::kInvalidField, absl::StrCat("a token has the label ", label),
                   {{"field", "label"}});
    }
    PKCS11_SLOT* empty = nullptr;
    for (PKCS11_SLOT& slot : slots) {
      if (empty == nullptr && slot.token != nullptr && !slot.token->initialized) empty = &slot;
    }
    if (empty == nullptr) {
      return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull, "no slot holds a token that is not initialised");
    }
    // libp11 hands the pointer on to C_InitToken, which reads 32 bytes padded with blanks.
    std::string padded(label);
    padded.resize(kLabelSize, ' ');
    if (PKCS11_init_token(empty->token, so_text.c_str(), padded.c_str()) != 0) return LastFailure("C_InitToken");
  }
  return SetUserPin(label, so_text, user_text);
}

absl::Status Libp11Provisioner::SetUserPin(absl::string_view label, const PinText& so_pin, const PinText& user_pin) {
  // An initialised token can have moved to another slot.
  SIGNET_ASSIGN_OR_RETURN(Slots slots, Slots::Enumerate(context_.get()));
  PKCS11_SLOT* slot = slots.Find(label);
  if (slot == nullptr) return CryptokiStatus("C_InitToken", CKR_TOKEN_NOT_PRESENT);
  if (PKCS11_login(slot, /*so=*/1, so_pin.c_str()) != 0) return LastFailure("C_Login");
  const bool set = PKCS11_init_pin(slot->token, user_pin.c_str()) == 0;
  absl::Status status = set ? absl::OkStatus() : LastFailure("C_InitPIN");
  PKCS11_logout(slot);
  return status;
}

absl::StatusOr<std::vector<std::string>> Libp11Provisioner::ListPrivateKeyLabels(absl::string_view token_label,
                                                                                 const Secret& user_pin) {
  SIGNET_ASSIGN_OR_RETURN(Slots slots, Slots::Enumerate(context_.get()));
  PKCS11_SLOT* slot = slots.Find(token_label);
  if (slot == nullptr) {
    return Error(absl::StatusCode::kNotFound, reason::kInvalidField, absl::StrCat("no token has the label ", token_label),
                 {{"field", "token_label"}});
  }
  if (PKCS11_login(slot, /*so=*/0, PinText(user_pin).c_str()) != 0) return LastFailure("C_Login");
  PKCS11_KEY* keys = nullptr;  // Belong to the slot.
  unsigned count = 0;
  ERR_clear_error();
  if (PKCS11_enumerate_keys(slot->token, &keys, &count) != 0) {
    // One Ed25519 key makes it give up on all of them, without an error.
    if (ERR_peek_last_error() != 0) return LastFailure("C_FindObjects");
    return Error(absl::StatusCode::kUnimplemented, reason::kHsmUnsupported, "the token holds a key that libp11 cannot list");
  }
  std::vector<std::string> labels;
  for (unsigned i = 0; i < count; ++i) labels.push_back(Text(keys[i].label));
  PKCS11_logout(slot);
  return labels;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenProvisioner>> TokenProvisioner::Create(const std::string& module_path) {
  if (!absl::StartsWith(module_path, "/")) return InvalidField("module_path", "the path of the PKCS#11 module is absolute");
  if (access(module_path.c_str(), F_OK) != 0) {
    return Error(absl::StatusCode::kNotFound, reason::kInvalidField, absl::StrCat("there is no PKCS#11 module at ", module_path),
                 {{"field", "module_path"}});
  }
  std::unique_ptr<PKCS11_CTX, decltype(&PKCS11_CTX_free)> loading(PKCS11_CTX_new(), &PKCS11_CTX_free);
  if (PKCS11_CTX_load(loading.get(), module_path.c_str()) != 0) {
    ERR_clear_error();
    return InvalidField("module_path", absl::StrCat(module_path, " is no PKCS#11 module that can be loaded"));
  }
  return std::make_unique<Libp11Provisioner>(Libp11Provisioner::Context(loading.release()));
}

}  // namespace signet::hsm
