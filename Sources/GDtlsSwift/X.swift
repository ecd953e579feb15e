internal import CGIO
internal import GObjectKit
@_cdecl("gdtls_swift_test")
public func gdtls_swift_test(_ x: UnsafeMutableRawPointer?) -> Int32 { Int32(K.f()) + Int32([1,2,3].map { "\($0)" }.joined().count) }
