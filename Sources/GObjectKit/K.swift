public enum K { public static func f() -> Int { 1 } }
