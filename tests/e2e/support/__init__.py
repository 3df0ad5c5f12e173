# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: clients, backends, certificates, and the servers under test."""
