# wasm.cmake - the WebAssembly modules in build/wasm and the C tests in build/wasm-tests. CMakeLists.txt includes it when
# Emscripten compiles; build-wasm.sh says how to call it.

# Contraction, pedantry and the sources are CMakeLists.txt's. Speed is for where the numbers are, elsewhere a smaller
# download is worth more; neither changes a bit of the results.
file(GLOB API_SOURCES CONFIGURE_DEPENDS src/api/*.c)
list(REMOVE_ITEM API_SOURCES ${CMAKE_SOURCE_DIR}/src/api/pytorch.c)
# The exported functions, and what JavaScript knows of them: written anew whenever what they are made of has changed.
execute_process(COMMAND node web/build/bridge.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "web/build/bridge.mjs has failed")
endif()
file(GLOB BRIDGE_PARTS src/noisebook.h src/api/bridge.txt web/build/bridge*.mjs web/build/header.mjs)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${BRIDGE_PARTS})
list(APPEND API_SOURCES ${CMAKE_SOURCE_DIR}/build/bridge/exports.c)
file(GLOB KERNEL_SOURCES CONFIGURE_DEPENDS src/kernels/*.c src/kernels/wasm/*.c)
file(GLOB SCALAR_SOURCES CONFIGURE_DEPENDS src/kernels/scalar/*.c)
set(SMALL_SOURCES ${API_SOURCES} ${CORE_SOURCES})
list(FILTER SMALL_SOURCES EXCLUDE REGEX "/src/(kernels|nn)/|/src/base/(math|box_muller)")
# In some layers no network of the course spends its time.
foreach(layer attention attention_weights avg_pool conv_transpose2d dropout embedding gelu layer_norm mean mul order parameter rearrange
              scale scale_shift sigmoid sinusoidal softplus tanh)
  list(APPEND SMALL_SOURCES ${CMAKE_SOURCE_DIR}/src/nn/${layer}.c)
endforeach()
set_source_files_properties(${SMALL_SOURCES} PROPERTIES COMPILE_OPTIONS -Os)
# Smaller still where loops over numbers are none, or short beside a network's.
set(SMALLEST_SOURCES ${API_SOURCES} ${CORE_SOURCES})
list(FILTER SMALLEST_SOURCES EXCLUDE REGEX "/src/(base/(math|box_muller|rng)|kernels|nn|optim)")
list(FILTER SMALLEST_SOURCES EXCLUDE REGEX "/src/models/(graph_run|graph_params|pass_)")
set_source_files_properties(${SMALLEST_SOURCES} PROPERTIES COMPILE_OPTIONS -Oz)
# Long loops that no network of the course spends its time in: vectors, and no more.
set_source_files_properties(src/nn/concat.c src/nn/conv2d.c src/models/pass_copy.c
                            PROPERTIES COMPILE_OPTIONS "-O2;-fno-unroll-loops")
list(REMOVE_ITEM CORE_SOURCES ${KERNEL_SOURCES} ${SCALAR_SOURCES})

# A file of kernels is empty where its instructions are missing, and tests count in enums.
add_compile_options(-Wno-empty-translation-unit -Wno-enum-float-conversion)

# objects(NAME SOURCES FLAG...): compiled with these flags beside -msimd128.
function(objects name sources)
  add_library(${name} OBJECT ${sources})
  target_include_directories(${name} PRIVATE src tests/c)
  target_include_directories(${name} SYSTEM PRIVATE ${STB_INCLUDE})
  target_compile_options(${name} PRIVATE -msimd128 ${ARGN})
endfunction()

# Modules with the same threads share all objects but the kernels.
objects(core "${CORE_SOURCES}")
objects(api "${API_SOURCES}")
objects(core-threads "${CORE_SOURCES}" -pthread)
objects(api-threads "${API_SOURCES}" -pthread)
objects(kernels-simd128 "${KERNEL_SOURCES}")
objects(kernels-relaxed "${KERNEL_SOURCES}" -mrelaxed-simd)
objects(kernels-simd128-threads "${KERNEL_SOURCES}" -pthread)
objects(kernels-relaxed-threads "${KERNEL_SOURCES}" -mrelaxed-simd -pthread)
# What the tests compare those with, and no module has: kernels/engine.c asks the linker whether it is there.
objects(scalar "${SCALAR_SOURCES}")
objects(scalar-threads "${SCALAR_SOURCES}" -pthread)
set_target_properties(scalar scalar-threads PROPERTIES EXCLUDE_FROM_ALL ON)

# ---- The modules ----------------------------------------------------------------------------------------------

set(LINK --no-entry -sMODULARIZE -sEXPORT_ES6 -sEXPORT_NAME=createNoisebook -sENVIRONMENT=web,worker,node -sWASM_BIGINT
    -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=262144 -sFILESYSTEM=0 -sMALLOC=emmalloc
    # Zeros between data cost nothing once gzipped; code that leaves them out does.
    -sBINARYEN_EXTRA_PASSES=--skip-pass=memory-packing)
# Threads: the module's workers start with it, as many as the page asks for. One that was made later would start only
# when its maker returns to its event loop, which waits for it: so asking for more is an error. The address space of a
# shared memory is taken at once, so its maximum is modest; what grows costs only JavaScript, which looks at it anew
# each time.
set(LINK_THREADS -pthread "-sPTHREAD_POOL_SIZE=Module[\"workers\"]" -sPTHREAD_POOL_SIZE_STRICT=2 -sINITIAL_MEMORY=64MB
    -sMAXIMUM_MEMORY=1GB -Wno-pthreads-mem-growth -sEXPORTED_RUNTIME_METHODS=wasmMemory,PThread)
set(MODULES ${CMAKE_SOURCE_DIR}/build/wasm)
set(FINISH node ${CMAKE_CURRENT_LIST_DIR}/modules.mjs)

set(TYPES [[
export interface Noisebook {
  wasmMemory: WebAssembly.Memory;
  // The functions of src/api/bridge.h and build/bridge/exports.c, which web/kernel/bridge.js calls.
  [name: `_nbw_${string}`]: (bytes?: number) => number;
}
/** Starts the module. `options` are Emscripten's: locateFile, wasmBinary, instantiateWasm, print, printErr, onAbort. */
export default function createNoisebook(options?: Record<string, unknown>): Promise<Noisebook>;
]])

# module(INSTRUCTIONS THREADS KERNEL_FLAGS): THREADS is empty or -threads.
function(module instructions threads flags)
  set(name noisebook-${instructions}${threads})
  add_executable(${name} $<TARGET_OBJECTS:core${threads}> $<TARGET_OBJECTS:api${threads}>
                         $<TARGET_OBJECTS:kernels-${instructions}${threads}>)
  set_target_properties(${name} PROPERTIES SUFFIX .mjs LINKER_LANGUAGE C RUNTIME_OUTPUT_DIRECTORY ${MODULES})
  target_link_options(${name} PRIVATE ${LINK} -msimd128 ${flags})
  if(threads)
    target_link_options(${name} PRIVATE ${LINK_THREADS})
  else()
    target_link_options(${name} PRIVATE -sEXPORTED_RUNTIME_METHODS=wasmMemory)
  endif()
  add_custom_command(TARGET ${name} POST_BUILD COMMAND ${FINISH} finish ${MODULES}/${name}.mjs
                     BYPRODUCTS ${MODULES}/${name}.wasm VERBATIM)
  # Types for the editor and tsc, which would otherwise read the compiler's output.
  file(CONFIGURE OUTPUT ${MODULES}/${name}.d.mts @ONLY CONTENT "${TYPES}")
endfunction()
module(simd128 "" "")
module(relaxed "" -mrelaxed-simd)
module(simd128 -threads "")
module(relaxed -threads -mrelaxed-simd)

# What a page loads only to export a network: src/api/pytorch.c, and of the core no more than that needs.
add_executable(noisebook-pytorch src/api/pytorch.c $<TARGET_OBJECTS:core> $<TARGET_OBJECTS:kernels-simd128>)
target_include_directories(noisebook-pytorch PRIVATE src)
set_target_properties(noisebook-pytorch PROPERTIES SUFFIX .mjs LINKER_LANGUAGE C RUNTIME_OUTPUT_DIRECTORY ${MODULES})
target_link_options(noisebook-pytorch PRIVATE ${LINK} -msimd128 -sEXPORTED_FUNCTIONS=_malloc,_nbw_pytorch
                                              -sEXPORTED_RUNTIME_METHODS=wasmMemory)
add_custom_command(TARGET noisebook-pytorch POST_BUILD COMMAND ${FINISH} finish ${MODULES}/noisebook-pytorch.mjs
                   BYPRODUCTS ${MODULES}/noisebook-pytorch.wasm VERBATIM)

# What holds for all together: size, and one script for both instruction sets.
add_custom_target(modules ALL COMMAND ${FINISH} check ${MODULES} VERBATIM
                  DEPENDS noisebook-simd128 noisebook-relaxed noisebook-simd128-threads noisebook-relaxed-threads
                          noisebook-pytorch)

# ---- tests/bench/native with the objects of the modules: tests/bench/wasm-bench.mjs runs it in Node and in a page -----

file(GLOB BENCH_SOURCES CONFIGURE_DEPENDS tests/bench/native/*.c)
add_executable(noisebook-bench EXCLUDE_FROM_ALL ${BENCH_SOURCES} src/cli/message.c $<TARGET_OBJECTS:core>
                                                $<TARGET_OBJECTS:kernels-relaxed>)
target_include_directories(noisebook-bench PRIVATE src tests/bench/native)
target_compile_definitions(noisebook-bench PRIVATE _POSIX_C_SOURCE=200809L NB_PROGRAM="noisebook-bench")
target_compile_options(noisebook-bench PRIVATE -mrelaxed-simd)
target_link_options(noisebook-bench PRIVATE -msimd128 -mrelaxed-simd -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=web,worker,node
                    -sINVOKE_RUN=0 -sEXIT_RUNTIME -sWASM_BIGINT -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=262144 -sMALLOC=emmalloc
                    -sEXPORTED_RUNTIME_METHODS=callMain,FS)
set_target_properties(noisebook-bench PROPERTIES SUFFIX .mjs RUNTIME_OUTPUT_DIRECTORY ${CMAKE_SOURCE_DIR}/build/wasm-bench)

# ---- The C tests, with the objects of the modules: the bits that are tested are those that are shipped -----------

set(TESTS ${CMAKE_SOURCE_DIR}/build/wasm-tests)
# Node's environment reaches getenv() only so.
file(CONFIGURE OUTPUT environment.js @ONLY CONTENT
     "Module.preRun = () => { if (typeof ENV !== 'undefined') Object.assign(ENV, process.env); };\n")
# -O1 leaves the -O3 code of the compiler as it is and takes 2 seconds instead of 9.
set(LINK_TEST -O1 -sNODERAWFS -sEXIT_RUNTIME -sENVIRONMENT=node -sWASM_BIGINT -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=1048576
    -msimd128 "SHELL:--pre-js \"${CMAKE_CURRENT_BINARY_DIR}/environment.js\"")
add_custom_target(tests)

# c_test(TARGET SOURCE FOLDER OBJECTS COMPILE_FLAGS LINK_FLAGS)
function(c_test target source folder objects compile link)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${target} EXCLUDE_FROM_ALL ${source} ${objects})
  target_include_directories(${target} PRIVATE src tests/c)
  target_compile_options(${target} PRIVATE -UNDEBUG -msimd128 ${compile})
  target_link_options(${target} PRIVATE ${LINK_TEST} ${link})
  set_target_properties(${target} PROPERTIES SUFFIX .cjs OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${folder})
  add_dependencies(tests ${target})
endfunction()

add_library(double OBJECT EXCLUDE_FROM_ALL ${DOUBLE_SOURCES})
target_include_directories(double PRIVATE src)
target_compile_options(double PRIVATE -msimd128 ${DOUBLE_FLAGS})
foreach(source ${TEST_SOURCES})
  get_filename_component(name ${source} NAME_WE)
  if(name MATCHES "_in_double$")
    c_test(${name} ${source} ${TESTS} $<TARGET_OBJECTS:double> "${DOUBLE_FLAGS}" "")
  else()
    c_test(${name} ${source} ${TESTS}
           "$<TARGET_OBJECTS:core>;$<TARGET_OBJECTS:kernels-simd128>;$<TARGET_OBJECTS:scalar>" "" "")
  endif()
  # What the other modules have beside that, in the one that has all of it. main() runs in a thread of its own, so that
  # it may start and join others at will.
  if(name MATCHES "^test_(kernels|layers|model|pool|shares|unet|training)$")
    c_test(${name}-threads ${source} ${TESTS}/relaxed-threads
           "$<TARGET_OBJECTS:core-threads>;$<TARGET_OBJECTS:kernels-relaxed-threads>;$<TARGET_OBJECTS:scalar-threads>" -pthread
           "-pthread;-mrelaxed-simd;-sPROXY_TO_PTHREAD;-Wno-pthreads-mem-growth")
  endif()
endforeach()
