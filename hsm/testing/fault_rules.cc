#include "hsm/testing/fault_rules.h"

#include <cstdlib>
#include <map>
#include <sstream>
#include <utility>

namespace signet::hsm {
namespace {

std::optional<CK_RV> ParseError(const std::string& text) {
  static const auto& names = *new std::map<std::string, CK_RV>{
      {"CKR_GENERAL_ERROR", CKR_GENERAL_ERROR},
      {"CKR_FUNCTION_FAILED", CKR_FUNCTION_FAILED},
      {"CKR_DEVICE_ERROR", CKR_DEVICE_ERROR},
      {"CKR_DEVICE_MEMORY", CKR_DEVICE_MEMORY},
      {"CKR_DEVICE_REMOVED", CKR_DEVICE_REMOVED},
      {"CKR_HOST_MEMORY", CKR_HOST_MEMORY},
      {"CKR_KEY_HANDLE_INVALID", CKR_KEY_HANDLE_INVALID},
      {"CKR_OBJECT_HANDLE_INVALID", CKR_OBJECT_HANDLE_INVALID},
      {"CKR_OPERATION_ACTIVE", CKR_OPERATION_ACTIVE},
      {"CKR_OPERATION_NOT_INITIALIZED", CKR_OPERATION_NOT_INITIALIZED},
      {"CKR_PIN_INCORRECT", CKR_PIN_INCORRECT},
      {"CKR_PIN_LOCKED", CKR_PIN_LOCKED},
      {"CKR_SESSION_CLOSED", CKR_SESSION_CLOSED},
      {"CKR_SESSION_COUNT", CKR_SESSION_COUNT},
      {"CKR_SESSION_HANDLE_INVALID", CKR_SESSION_HANDLE_INVALID},
      {"CKR_TOKEN_NOT_PRESENT", CKR_TOKEN_NOT_PRESENT},
      {"CKR_USER_NOT_LOGGED_IN", CKR_USER_NOT_LOGGED_IN},
  };
  if (const auto name = names.find(text); name != names.end()) return name->second;
  char* end = nullptr;
  const CK_RV code = std::strtoul(text.c_str(), &end, 0);
  if (text.empty() || *end != '\0' || code == CKR_OK) return std::nullopt;
  return code;
}

std::optional<double> ParseNumber(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || number < 0) return std::nullopt;
  return number;
}

// Reads "p=0.01", "count=3" or "skip=10" into `rule`.
bool ReadCondition(const std::string& word, FaultRule& rule) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos) return false;
  const std::string name = word.substr(0, equals);
  const std::optional<double> number = ParseNumber(word.substr(equals + 1));
  if (!number) return false;
  if (name == "p") {
    rule.probability = *number;
  } else if (name == "count") {
    rule.count = static_cast<int64_t>(*number);
  } else if (name == "skip") {
    rule.skip = static_cast<int64_t>(*number);
  } else {
    return false;
  }
  return true;
}

bool ReadFault(std::istringstream& words, FaultRule& rule) {
  static const auto& faults = *new std::map<std::string, FaultRule::Fault>{{"error", FaultRule::Fault::kError},
                                                                           {"delay", FaultRule::Fault::kDelay},
                                                                           {"hang", FaultRule::Fault::kHang},
                                                                           {"flip", FaultRule::Fault::kFlip},
                                                                           {"restart", FaultRule::Fault::kRestart}};
  std::string word;
  words >> word;
  const auto fault = faults.find(word);
  if (fault == faults.end()) return false;
  rule.fault = fault->second;
  if (rule.fault == FaultRule::Fault::kError) {
    words >> word;
    const std::optional<CK_RV> error = ParseError(word);
    if (!error) return false;
    rule.error = *error;
  } else if (rule.fault == FaultRule::Fault::kDelay) {
    words >> word;
    const std::optional<double> number = ParseNumber(word);
    if (!number) return false;
    rule.delay = std::chrono::milliseconds(static_cast<int64_t>(*number));
  }
  return rule.fault != FaultRule::Fault::kFlip || rule.function == "C_Sign";
}

}  // namespace

std::optional<std::vector<FaultRule>> ParseFaultRules(const std::string& text) {
  std::vector<FaultRule> rules;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    FaultRule rule;
    if (!(words >> rule.function)) continue;
    if (rule.function.rfind("C_", 0) != 0 || !ReadFault(words, rule)) return std::nullopt;
    for (std::string word; words >> word;) {
      if (!ReadCondition(word, rule)) return std::nullopt;
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace signet::hsm
