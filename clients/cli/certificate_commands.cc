#include "clients/cli/certificate_commands.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/certificate_subject.h"
#include "clients/cli/content.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "clients/cli/signing_key.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

enum class Form { kPem, kDer, kPkcs7 };

absl::StatusOr<Form> ParseForm(absl::string_view text) {
  const std::string name = absl::AsciiStrToLower(text);
  if (name == "pem") return Form::kPem;
  if (name == "der") return Form::kDer;
  if (name == "pkcs7") return Form::kPkcs7;
  return UsageError(absl::StrCat("--form: '", text, "' is unknown"), "the forms are pem, der and pkcs7");
}

std::string BytesOf(const v1::Certificate& certificate, Form form) {
  switch (form) {
    case Form::kPem:
      return certificate.pem();
    case Form::kDer:
      return certificate.der();
    case Form::kPkcs7:
      break;
  }
  return certificate.pkcs7();
}

// Writes `bytes` to the file that --out names, and says so; without it to standard output, alone.
absl::Status Deliver(Session& session, const google::protobuf::Message& reply, const std::string& bytes) {
  const std::string file = session.values().Get("out");
  if (file.empty()) {
    session.printer().PrintBytes(reply, bytes);
    return absl::OkStatus();
  }
  SIGNET_RETURN_IF_ERROR(Annotate(WriteFile(file, bytes), "--out"));
  session.printer().PrintReply(reply, session.Headline(absl::StrCat("Wrote ", file)), {});
  return absl::OkStatus();
}

void Show(Session& session, const v1::Certificate& certificate) {
  session.printer().PrintDocument(certificate,
                                  WithoutEmpty({
                                      {"Key ID", IdOf(certificate.name())},
                                      {"Subject", certificate.subject()},
                                      {"Issuer", certificate.issuer()},
                                      {"Valid from", DateOf(certificate.not_before())},
                                      {"Valid until", DateOf(certificate.not_after())},
                                      {"SHA-1 thumbprint (x5t)", certificate.x5t()},
                                      {"SHA-256 thumbprint (x5t#S256)", certificate.x5t_s256()},
                                  }),
                                  certificate.pem());
}

absl::Status Get(Session& session) {
  const Values& values = session.values();
  const bool has_form = values.Has("form");
  SIGNET_ASSIGN_OR_RETURN(const Form form, ParseForm(has_form ? values.Get("form") : "pem"));
  if (form != Form::kPem && !values.Has("out") && session.format() == Format::kText && session.OutIsTerminal()) {
    return UsageError(absl::StrCat("--form ", values.Get("form"), " is not for a terminal"), "pass --out FILE");
  }
  v1::GetCertificateRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), KeyName(session));
  SIGNET_ASSIGN_OR_RETURN(const v1::Certificate certificate, session.Call(&KeyStub::GetCertificate, request));
  if (has_form || values.Has("out")) return Deliver(session, certificate, BytesOf(certificate, form));
  Show(session, certificate);
  return absl::OkStatus();
}

absl::Status Update(Session& session) {
  v1::SetCertificateChainRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), KeyName(session));
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_pem_chain(), session.Content("pem-chain"));
  SIGNET_ASSIGN_OR_RETURN(const v1::SigningKey key, session.Call(&KeyStub::SetCertificateChain, request));
  for (const std::string& warning : key.warnings()) session.Warn(warning);
  session.printer().PrintReply(key, session.Headline(absl::StrCat("Updated the certificate of signing key '", key.kid(), "'")),
                               Describe(key));
  return absl::OkStatus();
}

absl::Status CreateRequest(Session& session) {
  v1::GenerateCsrRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), KeyName(session));
  v1::CertificateProfile subject;
  // A subject without fields would be one, too.
  if (!SetSubject(session.values(), subject).empty()) *request.mutable_subject() = subject;
  SIGNET_ASSIGN_OR_RETURN(const v1::CertificateSigningRequest reply, session.Call(&KeyStub::GenerateCsr, request));
  return Deliver(session, reply, reply.pem());
}

}  // namespace

std::vector<Command> CertificateCommands() {
  const std::vector<Parameter> where = Join({{RingParameter()}, ScopeParameters()});
  const Parameter out = {
      .name = "out", .value = "FILE", .doc = "Write it to this file, in place of what the file holds.", .offer = Offer::kFiles};
  return {
      {"get", "security/certificate", "Show the X.509 certificate of a signing key, with its chain.",
       Join({{KeyParameter(),
              {.name = "form",
               .value = "pem|der|pkcs7",
               .doc = "Write only the certificate, in this form; der leaves out the chain. Default with --out: pem.",
               .choices = {"pem", "der", "pkcs7"}},
              out},
             where}),
       Get},
      {"update", "security/certificate",
       "Set the certificate that an authority issued for a signing key, with its chain. The JWKS shows it at once.",
       Join({{KeyParameter(),
              {.name = "pem-chain",
               .kind = ParameterKind::kContent,
               .value = "PEM|@FILE|-",
               .doc = "1 to 8 certificates as PEM, that of the key first, each signed by the next.",
               .occurrence = Occurrence::kRequired}},
             where,
             ChangeParameters()}),
       Update},
      {"create", "security/certificate-request",
       "Make a certificate signing request (PKCS#10), signed by a signing key, for an authority. Prints it as PEM. Without any "
       "part of the subject, that of the key ring's certificates is asked for.",
       Join({{KeyParameter()}, SubjectParameters(), {out}, where}), CreateRequest},
  };
}

}  // namespace signet::cli
