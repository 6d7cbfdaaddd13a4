// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "crypto/jwk.h"

/// Keys and signatures from RFCs, and for PS256 and ES384 ones made once with the openssl tool over
/// "signed text".
namespace gatehouse::crypto::vectors {

// RFC 7515 A.1: the claims of A.2 and A.3
inline constexpr std::string_view kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";

// RFC 7515 A.2
inline constexpr std::string_view kRs256Key =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
inline constexpr std::string_view kRs256Header = "eyJhbGciOiJSUzI1NiJ9";
inline constexpr std::string_view kRs256Signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBM"
    "Hlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOY"
    "EUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

// RFC 7515 A.3
inline constexpr std::string_view kEs256Key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
inline constexpr std::string_view kEs256Header = "eyJhbGciOiJFUzI1NiJ9";
inline constexpr std::string_view kEs256Signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

// RFC 8037 A.2 to A.4
inline constexpr std::string_view kEd25519Key =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
inline constexpr std::string_view kEd25519Signed =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
inline constexpr std::string_view kEd25519Signature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

inline constexpr std::string_view kEs384Key =
    R"({"kty":"EC","crv":"P-384","x":"35vO2-WixgZfYfo5QKkBD9DM03WyszUhkgk4g-Y1mgMr2-6rswMr06MA6Y4ppRAZ","y":"PCd40KpKvL5-N2D-jr5eJXGQfPJYlbJHinTX1Chpv_v15En5SI98tDXkmPgrWL4v"})";
inline constexpr std::string_view kEs384Signature =
    "rfRzcRrwheZVEXi4oJg3B3RUs2A24Bb-w1OBBKZflz-"
    "k2FYflVGcRNlKZkwtpE1SOLgaHszHuOw93sQsYXqOJTTUYtFFCoLLYdrByrZKDs-lywZAdqbtwqUgNvGFwopU";

inline constexpr std::string_view kPs256Key =
    R"({"kty":"RSA","n":"rmlrcg1wpTivqxHIeZknJx-Xddn8w99Qp4np_6b_VFeDrFfU7eHK6tZiqgLs5xBdPMCjhs5tnk2yHBkKzzHsHNal8aibFz5-fB986oUCrXvAiMZZraOk62fnCABKcK8OAXGUnkB326eGc8YemUhKUOa5eNdx8weFtVwU4z1EowSutq3b-syJYAnAvQYtH2kCSqQ5cstNTFUJwo_htBqStDXTdLvFHUHVb_cmzk3HtbHR9Zm-KEOQMZnnzPIEXW0TaGf7ogRG3tt2gdslJ2bcaggC-2Lse4-cFDArwJA7FKUdaZuEARY1UbpWwZ6tQ0EOk18q80zjpEBONeWRvE4Jow","e":"AQAB"})";
inline constexpr std::string_view kPs256Signature =
    "Kw9AuYPqRgqeTPPEoZ8PPx0GcUGuiaLxKD7Wrz6UGGpRKV6K3mCSVKihkI0YBN18yv3n3ncx4PJ1d5ItzSf6k3IK8xmYUp"
    "4j"
    "NAVMK9G-g7MzlSLRdASes50mpF-"
    "uAkvn6pgrSvI1G6u9mXUZl8ZVmrV6CcOMksqE10pyAtfdMIlCQGJ9lrBv0vMFiaFZKoWO"
    "pZUgSI_S86oH3wYCSng72-nwe1O4HPrRpkNWjrtt_"
    "MRHjfFW87eoutGGxz0rWym3R5dZw2niXbMoKaejKRRYGk17l4TdZu1o"
    "pNJYe6SEEDOmeSkpnnu2GSGbCjiunSW4XlUv4U_65vl4q5oKo6aTMQ";
/// With a salt of 20 bytes, where RFC 7518 §3.5 asks for 32.
inline constexpr std::string_view kPs256ShortSaltSignature =
    "nOmp2aPFi23TcF0htTAxfdXR0wzt-lE8ZR112cFXCxtYdPyo0DPOEp7x9jcsXu_"
    "mEXlGETVJmKyEmMrNFPCcFusNO7I63htl"
    "guADq09NQTXf0WcONOidDbjHvRCpaEUmR2eawfcHsDhpTnG08qsYrXY3mxkwjFoN2oGoXZpm6M0y3jEnSIFtff_"
    "hfIUMA4qj"
    "JsrOw1r_03qPAvlm031az0EgdvUcfI-aSRc_nvyQYTKLmxnv6mejPpBSqTX4E0Ci5CaxGcUE4PfoWApULj_"
    "DZ7MzeHWAxYOG"
    "IBCKoVlX7h9UNWD4DAdjzearAIAR8u_oiFrNzXtowZw31OWGy45jQg";

inline constexpr std::string_view kRsa1024Key =
    R"({"kty":"RSA","n":"4FYwUFywmpt5fhkmqK45sNyWmZ1aw01C5g9923iFnNugy1Vl4xz76Zgk9C5qGdB7myDcS9p-RUstzZ4hIB05k5tu9H_I7LLJm1pEwpwZymRaqhc_X9Wp7M6aWxgvNnDsu7gspg6nElLOWymL-3iunw_n1_MRX0UypjD1ngvM-p8","e":"AQAB"})";
inline constexpr std::string_view kSecp256k1Key =
    R"({"kty":"EC","crv":"secp256k1","x":"ckeomnUCYL5L2DZXQfh3k-5_8UgiqKbJB849mMfoWGs","y":"g2jwdtARDjEWUmg-j2EVQkWbpBVjAciqEz7v0TwR7Fk"})";

[[nodiscard]] inline json::Object jwk(std::string_view text) {
    auto object = json::parse_object(text);
    EXPECT_TRUE(object) << text;
    return object.value_or(json::Object{});
}

[[nodiscard]] inline PublicKey key(std::string_view text) {
    auto made = PublicKey::from_jwk(jwk(text));
    EXPECT_TRUE(made) << text;
    return made.value();
}

}  // namespace gatehouse::crypto::vectors
