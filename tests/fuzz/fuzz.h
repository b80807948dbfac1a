#ifndef SIGNET_TESTS_FUZZ_FUZZ_H_
#define SIGNET_TESTS_FUZZ_FUZZ_H_

#include "absl/strings/string_view.h"

namespace signet::fuzz {

// TestOneInput is what each fuzz target defines: it gives `input` to the code under test and calls Require for what must hold
// whatever the input is. It does the same for the same input every time; what is slow to make, such as keys, it makes once per
// process.
void TestOneInput(absl::string_view input);

// Require aborts, and says which `invariant` is broken, unless it `holds`. The fuzzer then keeps the input.
void Require(bool holds, absl::string_view invariant);

}  // namespace signet::fuzz

#endif  // SIGNET_TESTS_FUZZ_FUZZ_H_
