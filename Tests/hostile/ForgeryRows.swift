import DTLSEngine

let forgeryRows: [Row] = []
let memoryRows: [Row] = []
