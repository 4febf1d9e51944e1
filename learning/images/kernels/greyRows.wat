;; The first half of reducing a picture to few grey pixels: luma, then rows. Both are the integer arithmetic of perceptualHash.ts and
;; resample.ts. See greyRows.ts for the layout of memory.
(module
  (import "env" "memory" (memory 1))

  ;; Luma of the pixels from $from to $end, 16 of three bytes at a time: (19595·R + 38470·G + 7471·B + 32768) >> 16.
  (func (export "grey") (param $from i32) (param $end i32) (param $to i32)
    (local $a v128) (local $b v128) (local $c v128) (local $red v128) (local $green v128) (local $blue v128)
    (loop $next
      (local.set $a (v128.load (local.get $from)))
      (local.set $b (v128.load offset=16 (local.get $from)))
      (local.set $c (v128.load offset=32 (local.get $from)))
      ;; Each colour of 16 pixels: from the first 32 bytes, then from these and the last 16.
      (local.set $red
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 17 20 23 26 29
          (i8x16.shuffle 0 3 6 9 12 15 18 21 24 27 30 0 0 0 0 0 (local.get $a) (local.get $b))
          (local.get $c)))
      (local.set $green
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 18 21 24 27 30
          (i8x16.shuffle 1 4 7 10 13 16 19 22 25 28 31 0 0 0 0 0 (local.get $a) (local.get $b))
          (local.get $c)))
      (local.set $blue
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 16 19 22 25 28 31
          (i8x16.shuffle 2 5 8 11 14 17 20 23 26 29 0 0 0 0 0 0 (local.get $a) (local.get $b))
          (local.get $c)))
      (v128.store (local.get $to)
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_u
            (i32x4.shr_u
              (i32x4.add
                (i32x4.add
                  (i32x4.extmul_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $red)) (i16x8.splat (i32.const 19595)))
                  (i32x4.add
                    (i32x4.extmul_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $green)) (i16x8.splat (i32.const 38470)))
                    (i32x4.extmul_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $blue)) (i16x8.splat (i32.const 7471)))))
                (i32x4.splat (i32.const 32768)))
              (i32.const 16))
            (i32x4.shr_u
              (i32x4.add
                (i32x4.add
                  (i32x4.extmul_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $red)) (i16x8.splat (i32.const 19595)))
                  (i32x4.add
                    (i32x4.extmul_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $green)) (i16x8.splat (i32.const 38470)))
                    (i32x4.extmul_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $blue)) (i16x8.splat (i32.const 7471)))))
                (i32x4.splat (i32.const 32768)))
              (i32.const 16)))
          (i16x8.narrow_i32x4_u
            (i32x4.shr_u
              (i32x4.add
                (i32x4.add
                  (i32x4.extmul_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $red)) (i16x8.splat (i32.const 19595)))
                  (i32x4.add
                    (i32x4.extmul_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $green)) (i16x8.splat (i32.const 38470)))
                    (i32x4.extmul_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $blue)) (i16x8.splat (i32.const 7471)))))
                (i32x4.splat (i32.const 32768)))
              (i32.const 16))
            (i32x4.shr_u
              (i32x4.add
                (i32x4.add
                  (i32x4.extmul_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $red)) (i16x8.splat (i32.const 19595)))
                  (i32x4.add
                    (i32x4.extmul_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $green)) (i16x8.splat (i32.const 38470)))
                    (i32x4.extmul_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $blue)) (i16x8.splat (i32.const 7471)))))
                (i32x4.splat (i32.const 32768)))
              (i32.const 16)))))
      (local.set $from (i32.add (local.get $from) (i32.const 48)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $next (i32.lt_s (local.get $from) (local.get $end)))))

  ;; Rows of $width bytes at other places: for each of them $tapBytes of weights, eight taps at a time, first the upper parts of the
  ;; weights and then their lower 11 bits.
  (func (export "rows")
    (param $from i32) (param $width i32) (param $end i32) (param $first i32) (param $firstEnd i32)
    (param $weights i32) (param $tapBytes i32) (param $to i32)
    (local $place i32) (local $at i32) (local $weight i32) (local $weightEnd i32) (local $sum i32)
    (local $pixels v128) (local $high v128) (local $low v128)
    (loop $row
      (local.set $place (local.get $first))
      (local.set $weight (local.get $weights))
      (loop $position
        (local.set $at (i32.add (local.get $from) (i32.load (local.get $place))))
        (local.set $weightEnd (i32.add (local.get $weight) (local.get $tapBytes)))
        (local.set $high (i32x4.splat (i32.const 0)))
        (local.set $low (i32x4.splat (i32.const 0)))
        (loop $taps
          (local.set $pixels (v128.load8x8_u (local.get $at)))
          (local.set $high
            (i32x4.add (local.get $high) (i32x4.dot_i16x8_s (local.get $pixels) (v128.load (local.get $weight)))))
          (local.set $low
            (i32x4.add (local.get $low) (i32x4.dot_i16x8_s (local.get $pixels) (v128.load offset=16 (local.get $weight)))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 32)))
          (br_if $taps (i32.lt_s (local.get $weight) (local.get $weightEnd))))
        ;; Both parts together, then the sum of the four lanes.
        (local.set $low (i32x4.add (i32x4.shl (local.get $high) (i32.const 11)) (local.get $low)))
        (local.set $low
          (i32x4.add (local.get $low)
            (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $low) (local.get $low))))
        (local.set $low
          (i32x4.add (local.get $low)
            (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $low) (local.get $low))))
        ;; Rounded, and cut off at 0 and 255.
        (local.set $sum (i32.shr_s (i32.add (i32x4.extract_lane 0 (local.get $low)) (i32.const 2097152)) (i32.const 22)))
        (local.set $sum (select (local.get $sum) (i32.const 0) (i32.gt_s (local.get $sum) (i32.const 0))))
        (local.set $sum (select (local.get $sum) (i32.const 255) (i32.lt_s (local.get $sum) (i32.const 255))))
        (i32.store8 (local.get $to) (local.get $sum))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $place (i32.add (local.get $place) (i32.const 4)))
        (br_if $position (i32.lt_s (local.get $place) (local.get $firstEnd))))
      (local.set $from (i32.add (local.get $from) (local.get $width)))
      (br_if $row (i32.lt_s (local.get $from) (local.get $end))))))
