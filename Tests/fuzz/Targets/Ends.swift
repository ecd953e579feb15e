// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine

/// What the fuzzed engines are made of, the same each time.
enum Ends {
    /// A configuration without more than it needs; servers have a certificate.
    static func configuration(_ role: Role) throws -> EngineConfiguration {
        var configuration = EngineConfiguration(context: try role == .client ? client.get() : server.get())
        if role == .server { configuration.credentials = try credentials.get() }
        return configuration
    }

    private static let client = Result { try SSLContext(policy: .init(role: .client)) }
    private static let server = Result { try SSLContext(policy: .init(role: .server)) }

    static let credentials = Result {
        let certificate = try X509Certificate(pem: Array(Self.certificate.utf8))
        return Credentials(chain: [certificate], key: try PrivateKey(pem: Array(key.utf8)))
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBdTCCARugAwIBAgIUBMXwuZcbjN3Txn5MPfc5jlzyD08wCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjUwMzU5MzVaGA8yMTI2MTEwMTAzNTkz
        NVowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNRa
        6ogbVHNN4QO811gGkHfEigWSzy3+IPax0urcwwrfsbFjITDM/C+bb6SAXhrAVOzH
        wzyGOpM5kYkV99NP6MKjUzBRMB0GA1UdDgQWBBQofFAEVp3J+x9YwkOm7pZrmRtE
        kDAfBgNVHSMEGDAWgBQofFAEVp3J+x9YwkOm7pZrmRtEkDAPBgNVHRMBAf8EBTAD
        AQH/MAoGCCqGSM49BAMCA0gAMEUCICzz2i6VobpsezoFVSv//R0x1NcksI7QqSCR
        pxaobGPIAiEAuRNMvFZshjkHzDJb+1gWre/9bhGbYRqbDX5+U0rWUYw=
        -----END CERTIFICATE-----
        """

    // For nothing else, and known to everybody.
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqoTucqyfuOGejEkQ
        VHBuKYEL/2rom5RIi9VZ6Dk7972hRANCAATUWuqIG1RzTeEDvNdYBpB3xIoFks8t
        /iD2sdLq3MMK37GxYyEwzPwvm2+kgF4awFTsx8M8hjqTOZGJFffTT+jC
        -----END PRIVATE KEY-----
        """
}
