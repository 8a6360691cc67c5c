"""What may stand before a parenthesis in a query, and is surely no function that somebody made.

As data, and without those that wait, lock, read files, take from a sequence, or repeat what they
are given. What is in no list is somebody's, for all that is known: it was tried with MariaDB 10.11
and 11.8 and MySQL 9.7, and what older ones of MariaDB 10.6 and MySQL 8.0 lack is left out.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS = _words(
    """
    all and any as between bigint binary by case char character convert datetime dec decimal
    default distinct distinctrow div double else except exists float from group having if in
    index insert int integer intersect interval join key left like limit match mediumint mod not
    numeric on or order over partition range real recursive regexp repeat replace right rlike
    row rows select smallint some straight_join then tinyint union using value values varbinary
    varchar when where with xor
    """
)
"""Words by which no function of somebody's can be called without quotes, blanks or not."""

AFTER_VALUE = _words("against columns")
"""Words that such a function can have as its name, but not where they follow a value."""

FUNCTIONS = _words(
    """
    abs acos adddate addtime aes_decrypt aes_encrypt ascii asin atan atan2 avg bin bit_and
    bit_count bit_length bit_or bit_xor cast ceil ceiling char_length character_length charset
    coalesce coercibility collation compress concat concat_ws connection_id conv convert_tz cos
    cot count crc32 cume_dist curdate current_date current_role current_time current_timestamp
    current_user curtime database date date_add date_format date_sub datediff day dayname
    dayofmonth dayofweek dayofyear degrees dense_rank elt exp export_set extract extractvalue
    field find_in_set first_value floor format found_rows from_base64 from_days from_unixtime
    get_format greatest group_concat hex hour ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa
    instr is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 isnull json_array json_array_append
    json_array_insert json_arrayagg json_contains json_contains_path json_depth json_extract
    json_insert json_keys json_length json_merge json_merge_patch json_merge_preserve
    json_object json_objectagg json_quote json_remove json_replace json_search json_set
    json_table json_type json_unquote json_valid lag last_day last_value lcase lead least length
    ln localtime localtimestamp locate log log10 log2 lower lpad ltrim make_set makedate
    maketime max microsecond mid min minute month monthname now nth_value ntile nullif oct
    octet_length ord percent_rank period_add period_diff pi position pow power quarter quote
    radians rand rank regexp_instr regexp_replace regexp_substr reverse round row_count
    row_number rpad rtrim schema sec_to_time second session_user sha2 sign sin soundex space
    sqrt st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_buffer st_centroid
    st_contains st_crosses st_difference st_dimension st_disjoint st_distance st_distance_sphere
    st_endpoint st_envelope st_equals st_geometrytype st_geomfromgeojson st_geomfromtext
    st_geomfromwkb st_intersection st_intersects st_isclosed st_isempty st_issimple st_length
    st_numpoints st_overlaps st_pointfromtext st_pointn st_srid st_startpoint st_symdifference
    st_touches st_union st_within st_x st_y std stddev stddev_pop stddev_samp str_to_date strcmp
    subdate substr substring substring_index subtime sum sysdate system_user tan time
    time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_days
    to_seconds trim truncate ucase uncompress uncompressed_length unhex unix_timestamp updatexml
    upper user utc_date utc_time utc_timestamp uuid uuid_short var_pop var_samp variance version
    week weekday weekofyear weight_string year yearweek
    """
)
"""Functions that both bring along; behind a blank, some of these names are somebody's, too."""

MYSQL = FUNCTIONS | _words(
    "any_value bin_to_uuid grouping is_uuid json_pretty regexp_like uuid_to_bin"
)
MARIADB = FUNCTIONS | _words(
    """
    add_months chr column_check column_exists column_get column_json column_list json_compact
    json_detailed json_exists json_loose json_query json_value lengthb md5 median nvl nvl2
    percentile_cont percentile_disc sha sha1 to_char
    """
)
