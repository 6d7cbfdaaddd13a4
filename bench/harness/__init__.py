# SPDX-License-Identifier: Apache-2.0
"""What bench/run and bench/smoke are made of."""
