// SPDX-License-Identifier: Apache-2.0
#include "app/run.h"

int main(int argc, char** argv) {
    return gatehouse::app::run(argc, argv);
}
