# The few lines of JSON that facts and settings need; the standard library has no JSON writer.

json(::Nothing) = "null"
json(x::Bool) = string(x)
json(x::Integer) = string(x)
json(x::AbstractFloat) = isfinite(x) ? repr(Float64(x)) : json(string(x))
json(x::Symbol) = json(String(x))
json(x::Union{AbstractVector,Tuple}) = string("[", join((json(v) for v in x), ","), "]")
json(x::NamedTuple) = json([string(k) => v for (k, v) in pairs(x)])

function json(x::AbstractVector{<:Pair})
    return string("{", join((string(json(k), ":", json(v)) for (k, v) in x), ","), "}")
end

function json(x::AbstractString)
    out = IOBuffer()
    print(out, '"')
    for c in x
        if c == '"' || c == '\\'
            print(out, '\\', c)
        elseif c < ' '
            print(out, "\\u", string(UInt16(c); base=16, pad=4))
        else
            print(out, c)
        end
    end
    print(out, '"')
    return String(take!(out))
end
