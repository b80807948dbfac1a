#include "tests/bench/bare_session_keys.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/bench/bare_token.h"
#include "tests/bench/dev_signet.h"

namespace signet::bench {
namespace {

constexpr int kPatienceMilliseconds = 600'000;

// Open to both sides, so that neither end waits for the other one to open.
UniqueFd OpenPipe(const std::string& path) {
  UniqueFd pipe(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (pipe.get() < 0) Die(absl::StrCat("cannot open ", path));
  return pipe;
}

UniqueFd MakePipe(const std::string& path) {
  if (mkfifo(path.c_str(), 0600) != 0) Die(absl::StrCat("cannot make ", path));
  return OpenPipe(path);
}

CK_OBJECT_HANDLE MakeKey(const BareToken& token) {
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  // The OID of P-256.
  CK_BYTE curve[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  CK_ATTRIBUTE public_half[] = {
      {CKA_TOKEN, &no, sizeof(no)}, {CKA_VERIFY, &yes, sizeof(yes)}, {CKA_EC_PARAMS, curve, sizeof(curve)}};
  CK_ATTRIBUTE private_half[] = {{CKA_TOKEN, &no, sizeof(no)},
                                 {CKA_PRIVATE, &yes, sizeof(yes)},
                                 {CKA_SENSITIVE, &yes, sizeof(yes)},
                                 {CKA_EXTRACTABLE, &no, sizeof(no)},
                                 {CKA_SIGN, &yes, sizeof(yes)}};
  CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  CheckRv(token.functions().C_GenerateKeyPair(token.session(), &mechanism, public_half, std::size(public_half), private_half,
                                              std::size(private_half), &public_key, &private_key),
          "C_GenerateKeyPair");
  CheckRv(token.functions().C_DestroyObject(token.session(), public_key), "C_DestroyObject");
  return private_key;
}

}  // namespace

BareSessionKeys::BareSessionKeys(const std::string& self, const std::string& folder, int keys) {
  const std::string pipes = absl::StrCat(folder, "/bare-", keys);
  ask_ = MakePipe(pipes + ".ask");
  answer_ = MakePipe(pipes + ".answer");
  const std::vector<std::string> command = {self, "--bare", folder, absl::StrCat(keys), pipes + ".ask", pipes + ".answer"};
  process_ = std::make_unique<ChildProcess>(command, pipes + ".log");
  Await();
}

void BareSessionKeys::Await() {
  pollfd answered = {answer_.get(), POLLIN, 0};
  char byte = 0;
  if (poll(&answered, 1, kPatienceMilliseconds) != 1 || read(answer_.get(), &byte, 1) != 1) Die("the bare signer does not answer");
}

absl::Duration BareSessionKeys::Cost(int count) {
  const absl::Duration before = process_->CpuTime();
  if (write(ask_.get(), &count, sizeof(count)) != sizeof(count)) Die("the bare signer cannot be asked");
  Await();
  return (process_->CpuTime() - before) / count;
}

int RunBareSessionKeys(const std::string& folder, int keys, const std::string& ask, const std::string& answer) {
  const UniqueFd asked = OpenPipe(ask);
  const UniqueFd answered = OpenPipe(answer);
  setenv("SOFTHSM2_CONF", (folder + "/softhsm2.conf").c_str(), 1);
  const auto dev = nlohmann::json::parse(ReadFile(folder + "/dev.json"));
  const BareToken token(dev["token_module"], ReadLine(dev["token_pin_file"]));
  std::vector<CK_OBJECT_HANDLE> handles;
  for (int i = 0; i < keys; ++i) handles.push_back(MakeKey(token));
  std::mt19937 random;  // The same draws in each run.
  std::uniform_int_distribution<size_t> draw(0, handles.size() - 1);
  int count = 0;
  do {
    for (int i = 0; i < count; ++i) token.Sign(handles[draw(random)]);
  } while (write(answered.get(), "", 1) == 1 && read(asked.get(), &count, sizeof(count)) == sizeof(count));
  return 1;
}

}  // namespace signet::bench
