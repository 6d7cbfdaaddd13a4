// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gatehouse::app {

/// The whole program: parses arguments and runs the command. Exit codes: 0 fine, 1 failed, 2 usage
/// or configuration error (contract.md §2).
int run(int argc, char** argv);

}  // namespace gatehouse::app
