internal import CGIO
internal import DTLSEngine
internal import GObjectKit
struct PeerJudgement { let flags: GTlsCertificateFlags; let certificate: GRef<UnsafeMutablePointer<GTlsCertificate>> }
func verifyPeer(chain: [X509Certificate], database: UnsafeMutablePointer<GTlsDatabase>?, identity: OpaquePointer?, peerIsServer: Bool) -> PeerJudgement { PeerJudgement(flags: .none, certificate: GRef(taking: g_object_new_with_properties(.object, 0, nil, nil).unsafelyUnwrapped.withMemoryRebound(to: GTlsCertificate.self, capacity: 1) { $0 })) }
func credentials(of: UnsafeMutablePointer<GTlsCertificate>) throws -> Credentials { Credentials(chain: [], key: nil) }
class DatabaseObject: ObjectImpl, @unchecked Sendable {}
enum DefaultDatabase { static func ofProcess() -> GRef<UnsafeMutablePointer<GTlsDatabase>>? { nil } }
